"""The editor: what a review of a report needs, as rules and as a merge. Pure: it is handed values and reads no file."""

"""The editor: what a reviewer would ask of a report, as rules. Pure: it is handed a subject and reads no file."""

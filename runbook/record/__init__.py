"""The filing cabinet: append-only journals, the record store, ids, and the fold from journal to record."""

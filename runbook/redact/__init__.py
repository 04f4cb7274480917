"""The door: takes secrets and terminal escapes out of every foreign byte before it is stored, shown or committed."""

"""The import formats, one module each: ``NAME``, ``sniff`` and ``parse``. Found by being here."""

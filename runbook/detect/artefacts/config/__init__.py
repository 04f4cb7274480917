"""Settings of other programs: ``.env``, YAML, JSON, TOML, and what is written in them."""

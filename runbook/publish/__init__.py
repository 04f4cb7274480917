"""The post office: the only room that talks to git."""

"""Where people and tools tell us things: the recorder of commands, the prompts, the interview."""

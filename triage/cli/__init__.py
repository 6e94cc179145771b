"""The command line: thin over the rooms. Each module here holds one group of commands."""

"""The reader's own pages in a browser: the same actions as the commands, by one key or tap.

May import everything but the command line; holds no SQL and no ranking of its own.
"""

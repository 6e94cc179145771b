"""The command line: each module holds one group of commands, which parse, call one function and print.

May import every room; nothing may import it.
"""

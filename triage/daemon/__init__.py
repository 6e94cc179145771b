"""The daemon: runs when arXiv has announced, learns when the reader has written, until it is stopped.

Imports status, run and every room below them; only the command line imports it.
"""

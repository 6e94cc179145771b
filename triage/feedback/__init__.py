"""The reader's word: annotations in the digests and commands become labels in the log.

May import the digest and everything below it; never deliver, run or the command line.
"""

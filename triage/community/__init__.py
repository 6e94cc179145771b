"""What other people picked: asked for, understood, and kept with its day.

May import ranker, notes, listing, the store, the configuration and the shared modules.
"""

"""Other people's picks: fetched, parsed, and known with their days.

May import ranker, notes, listing, the store, the configuration and the shared modules.
"""

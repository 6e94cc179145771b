"""From notes and labels to a model in use: look-ups, examples, background, one policy.

Imports context, community, ranker, notes, listing, store, config and what is below.
"""

"""A daily arXiv triage pipeline that learns from your own paper notes."""

__version__ = "0.1.0"

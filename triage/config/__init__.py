"""``config.yaml`` and the environment as one typed, validated value.

May import papers and errors only.
"""

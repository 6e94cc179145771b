"""Walking past days: a backtest over files or over the reader's own history, its measures and its report.

May import every room but cli, sample, daemon, status and run.
"""

"""LaTeX in arXiv's titles and abstracts: as Unicode, as HTML, as formulas for Markdown and BibTeX, as words.

May import nothing of triage.
"""

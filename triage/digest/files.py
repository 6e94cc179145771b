"""The files of recorded digests, and the index of them all."""

from __future__ import annotations

from pathlib import Path

from triage.context import Context
from triage.digest.index import INDEX_FILE_NAME, merge_index, render_index
from triage.store.digests import StoredDigest
from triage.store.files import Outcome, read_text, write_file, write_unless_edited


def write_recorded(context: Context, digest: StoredDigest) -> Outcome:
    """Write a recorded digest's file, unless the reader has edited what is there."""
    file = context.config.digest_folder / digest.file
    outcome = write_unless_edited(file, digest.machine_text, digest.replaced_text)
    with context.store.transaction() as tx:
        if outcome is Outcome.KEPT and digest.replaced_text is not None:
            # What the reader has edited is the earlier text: marks are found by comparing with it.
            tx.digests.put_in_place(digest.day, machine_text=digest.replaced_text)
        else:
            tx.digests.put_in_place(digest.day)
    return outcome


def finish_writing(context: Context) -> dict[Path, Outcome]:
    """Write the digests that were recorded but not written when a run ended; return what became of each."""
    with context.store.reading() as tx:
        unwritten = [digest for digest in tx.digests.all() if not digest.in_place]
    return {context.config.digest_folder / one.file: write_recorded(context, one) for one in unwritten}


def write_index(context: Context) -> None:
    """Bring the index up to date; what the reader wrote around it stays."""
    with context.store.reading() as tx:
        digests = tx.digests.all()
    if digests:
        file = context.config.digest_folder / INDEX_FILE_NAME
        reviews = [path.name for path in file.parent.glob("*-to-*-review.md")]
        block = render_index(digests, context.config.digest.language, reviews)
        write_file(file, merge_index(read_text(file), block))

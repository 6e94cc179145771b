"""The commands about labels: your word on single papers, and the log of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from triage.cli.options import ConfigOption, JsonOption, argument, flag, load, option
from triage.cli.output import print_json_lines, print_notices
from triage.cli.progress import opened

if TYPE_CHECKING:
    from triage.feedback.sync import SyncReport
    from triage.store.labels import LoggedLabel


def label(
    papers: Annotated[list[str], argument("ID", "arXiv ids or links; - reads them from standard input.")],
    relevant: Annotated[bool, flag("--relevant", "You want papers like these.")] = False,
    irrelevant: Annotated[bool, flag("--irrelevant", "You don't want papers like these.")] = False,
    category: Annotated[list[str] | None, option("--category", "NAME", "Your category. Repeatable.")] = None,
    read: Annotated[bool, flag("--read", "You have read them.")] = False,
    unread: Annotated[bool, flag("--unread", "You have not read them.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Labels papers as relevant or not, with a category, or as read. The next training learns from it.

    A paper that is not in the store is looked up at arXiv by the next digest, or by 'triage learn'.

    Examples:

    - `triage label 2401.08565 --relevant --category RAG`
    - `triage label https://arxiv.org/abs/2401.08565 --irrelevant`
    """
    from triage.feedback.labelling import add_labels

    if not (relevant or irrelevant or category or read or unread):
        raise typer.BadParameter("add a label: --relevant, --irrelevant, --category NAME, --read or --unread")
    if relevant and irrelevant:
        raise typer.BadParameter("--relevant and --irrelevant contradict each other")
    if read and unread:
        raise typer.BadParameter("--read and --unread contradict each other")
    given = [one for paper in papers for one in (sys.stdin.read().split() if paper == "-" else [paper])]
    with opened(load(config)) as context:
        added, missing = add_labels(
            context,
            given,
            relevant=relevant if relevant or irrelevant else None,
            categories=category or (),
            read=read if read or unread else None,
        )
    print_labels(added, as_json=json)
    if missing:
        named = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if missing[3:] else "")
        print_notices([f"not in the store yet: {named}; the next digest, or 'triage learn', asks arXiv"])


def labels(
    paper: Annotated[list[str] | None, argument("ID", "Only these papers.")] = None,
    source: Annotated[str, option("--source", "NAME", "Only from here: notes, digest, command or web.")] = "",
    undo: Annotated[int | None, option("--undo", "N", "Undoes entry N.", min=1)] = None,
    tsv: Annotated[bool, flag("--tsv", "Prints tab-separated values with a header.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Shows the log of your labels, or undoes an entry of it.

    Nothing is ever deleted: undoing adds an entry.

    Examples:

    - `triage labels 2401.08565`
    - `triage labels --undo 42`
    """
    from triage.feedback.labelling import label_log, undo_label

    with opened(load(config)) as context:
        entries = [undo_label(context, undo)] if undo else label_log(context, paper or (), source=source)
    if tsv and not json:
        print("\t".join(COLUMNS))
        for record in map(_record, entries):
            # A tab or line end in a remark would be read as the next field.
            print("\t".join(" ".join(str("" if v is None else v).split()) for v in record.values()))
    else:
        print_labels(entries, as_json=json)


def sync(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Reads the marks and edits in the digests into labels. 'triage run' does this too.

    Examples:

    - `triage sync`
    - `triage sync --json`: the new labels, and what was not understood
    """
    from triage.feedback.sync import sync as sync_digests

    with opened(load(config), lock_for="sync") as context:
        report = sync_digests(context.config, context.store, context.clock.now())
    if json:
        records = map(_record, report.entries)
        print_json_lines([*records, *({"problem": problem} for problem in report.problems)])
    else:
        print_labels(report.entries, as_json=False, nothing="There is nothing new in the digests.")
        print_problems(report)


COLUMNS = (
    "number",
    "arxiv_id",
    "said_at",
    "source",
    "relevant",
    "category",
    "read",
    "remark",
    "where",
    "undoes",
)


def print_labels(
    entries: Sequence[LoggedLabel], *, as_json: bool, nothing: str = "There is nothing new."
) -> None:
    """Show entries of the label log."""
    if as_json:
        print_json_lines(map(_record, entries))
        return
    for entry in entries:
        label = entry.label
        print(f"{entry.number:>5}  {label.said_at:%Y-%m-%d %H:%M}  {label.paper}  {_described(entry)}")
    if not entries:
        print(nothing)


def print_problems(report: SyncReport) -> None:
    """Show what was not understood in digests."""
    print_notices(f"not understood: {problem}" for problem in report.problems)


def _record(entry: LoggedLabel) -> dict[str, Any]:
    from triage.store.schema import join_categories

    label = entry.label
    said_at, categories = label.said_at.isoformat(), join_categories(label.categories)
    what = label.relevant, categories, label.read, label.remark
    values = entry.number, label.paper, said_at, label.source.value, *what, label.where, entry.undoes
    return dict(zip(COLUMNS, values, strict=True))


def _described(entry: LoggedLabel) -> str:
    label = entry.label
    if entry.undoes is not None:
        return f"undoes entry {entry.undoes}"
    parts = []
    if label.relevant is not None:
        parts.append("relevant" if label.relevant else "not relevant")
    if label.categories is not None:
        parts.append(f"category {'; '.join(label.categories) or 'none'}")
    if label.read is not None:
        parts.append("read" if label.read else "not read")
    if label.remark:
        parts.append(f"remark {label.remark[:60]!r}")
    return f"{', '.join(parts)}  ({label.source.value}: {label.where})"

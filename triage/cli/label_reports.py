"""How labels and models are shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from triage.cli.output import print_json_lines
from triage.cli.reports import console, print_manifest, print_training
from triage.feedback.labelling import Comparison, KnownModel, Retrained
from triage.feedback.sync import SyncReport
from triage.papers import ArxivId
from triage.store.labels import LoggedLabel
from triage.store.schema import join_categories

MOST_MOVES = 10
"""Papers shown whose rank moved most."""

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


def print_labels(entries: Sequence[LoggedLabel], *, as_json: bool, as_tsv: bool = False) -> None:
    """Show entries of the label log."""
    if as_json:
        print_json_lines(_entry(entry) for entry in entries)
        return
    if as_tsv:
        print("\t".join(COLUMNS))
        for entry in entries:
            # A tab or line end inside a remark would be read as the next field.
            print("\t".join(" ".join(str("" if v is None else v).split()) for v in _entry(entry).values()))
        return
    out = console()
    for entry in entries:
        out.print(f"{entry.number:>5}  {entry.label.said_at:%Y-%m-%d %H:%M}  {_said(entry)}", markup=False)
    if not entries:
        out.print("nothing new: that holds already, or nothing was said", markup=False)


def print_not_stored(papers: Sequence[ArxivId]) -> None:
    """Say which labelled papers the store does not have."""
    if papers:
        named = ", ".join(papers[:3]) + (f" and {len(papers) - 3} more" if papers[3:] else "")
        are, them = ("are", "them") if papers[1:] else ("is", "it")
        print(
            f"triage: {named} {are} not in the store yet: the next digest, or 'triage learn', looks {them} up at arXiv",
            file=sys.stderr,
        )


def print_synced(report: SyncReport, *, as_json: bool) -> None:
    """Show what the digests newly say."""
    if as_json:
        print_json_lines(
            [*(_entry(entry) for entry in (*report.labels, *report.undone))]
            + [{"problem": problem} for problem in report.problems]
        )
        return
    if report.labels or report.undone:
        print_labels([*report.labels, *report.undone], as_json=False)
    else:
        console().print("the digests say nothing new", markup=False)
    for problem in report.problems:
        print(f"triage: not understood: {problem}", file=sys.stderr)


def print_models(models: Sequence[KnownModel], *, as_json: bool, whole: bool = False) -> None:
    """Show models: a line each, or one with all it says of itself."""
    if as_json:
        print_json_lines(
            {"version": one.version, "in_use": one.in_use, **asdict(one.manifest)} for one in models
        )
        return
    out = console()
    for one in models:
        if whole:
            print_manifest(one.version, one.manifest, out)
            continue
        measures = f", AUC {one.manifest.auc.value:.3f}" if one.manifest.auc else ""
        out.print(
            f"{'*' if one.in_use else ' '} {one.version}  {one.manifest.relevant} relevant, "
            f"{one.manifest.irrelevant} irrelevant{measures}",
            markup=False,
        )
    if not models:
        out.print("no model yet: triage learn", markup=False)


def print_diff(comparison: Comparison, *, as_json: bool) -> None:
    """Show what changed between two models."""
    if as_json:
        print_json_lines(
            {
                "arxiv_id": move.paper.id,
                "title": move.paper.title,
                "before": move.before,
                "after": move.after,
            }
            for move in comparison.moves
        )
        return
    out = console()
    for one in (comparison.old, comparison.new):
        print_manifest(one.version, one.manifest, out)
    for move in comparison.moves[:MOST_MOVES]:
        out.print(f"  {move.before:>4} -> {move.after:<4} {move.paper.title}", markup=False)
    if not comparison.moves:
        out.print("  no paper changed its rank", markup=False)


def print_retrained(report: Retrained, *, as_json: bool) -> None:
    """Show the model made by retraining, and the papers whose rank moved most."""
    training = report.training
    moved = [
        {"arxiv_id": move.paper.id, "title": move.paper.title, "before": move.before, "after": move.after}
        for move in report.moves
    ]
    if as_json:
        gain = (training.refused or training.manifest).gain
        print_json_lines(
            [
                {
                    "version": training.version,
                    "before": report.before,
                    "taken": training.refused is None,
                    "refused_version": training.refused_version,
                    "gain": gain.value if gain else None,
                    "gain_error": gain.error if gain else None,
                    "moves": moved,
                }
            ]
        )
    else:
        out = console()
        print_training(training, out)
        for move in report.moves[:MOST_MOVES]:
            out.print(f"  {move.before:>4} -> {move.after:<4} {move.paper.title}", markup=False)
    for problem in report.synced.problems:
        print(f"triage: not understood: {problem}", file=sys.stderr)


def _entry(entry: LoggedLabel) -> dict[str, Any]:
    label = entry.label
    values = (
        entry.number,
        label.paper,
        label.said_at.isoformat(),
        label.source.value,
        label.relevant,
        join_categories(label.categories),
        label.read,
        label.remark,
        label.where,
        entry.undoes,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _said(entry: LoggedLabel) -> str:
    label = entry.label
    if entry.undoes is not None:
        return f"{label.paper}  took back entry {entry.undoes}"
    parts = []
    if label.relevant is not None:
        parts.append("relevant" if label.relevant else "not relevant")
    if label.categories is not None:
        parts.append(f"category {join_categories(label.categories) or 'none'}")
    if label.read is not None:
        parts.append("read" if label.read else "not read")
    if label.remark:
        parts.append(f"remark {label.remark[:60]!r}")
    return f"{label.paper}  {', '.join(parts)}  ({label.source.value}: {label.where})"

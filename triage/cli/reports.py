"""How the commands' reports are shown: Rich on a terminal, plain text elsewhere, JSON Lines on request."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from triage.cli.output import counted, print_json_lines
from triage.papers import WHOLE, Announcement, AnnouncementState, ScoredPaper

if TYPE_CHECKING:
    from rich.console import Console

    from triage.cli.work import DryRun
    from triage.ranker.manifest import Manifest, Measure
    from triage.run import DayReport, DigestReport
    from triage.sample.demo import DemoReport
    from triage.training.learn import LearnReport, Training


def console(*, stderr: bool = False) -> Console:
    """Return standard output (or error), which shows text as it is; unwrapped when it is no terminal.

    Titles and notes are anybody's: ``[bold]`` and ``:fire:`` in them are no orders to Rich.
    """
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            # Rich would end the program with a failure, though a reader who has seen enough is none.
            raise BrokenPipeError

    if (sys.stderr if stderr else sys.stdout).isatty():
        return Output(stderr=stderr, highlight=False, markup=False, emoji=False)
    return Output(
        stderr=stderr,
        highlight=False,
        markup=False,
        emoji=False,
        no_color=True,
        width=10_000,
        soft_wrap=True,
    )


def print_day(report: DayReport, *, as_json: bool, trial: bool = False, nothing: str = "") -> bool:
    """Show what a run did, or would do as a ``trial``; returns whether an announcement failed.

    ``nothing`` says why there is no digest, if there is none and nothing failed.
    """
    failed = [one for one in report.fetched if one.state is AnnouncementState.FAILED]
    for notice in (*report.synced.problems, *report.notices):
        print(f"triage: {notice}", file=sys.stderr)
    if as_json:
        for one in failed:
            print(f"triage: {one.day}: {one.reason}", file=sys.stderr)
        if nothing and not failed:
            print(f"triage: {nothing}", file=sys.stderr)
        print_json_lines(_digest_record(digest, report.model) for digest in report.digests)
        return bool(failed)
    out = console()
    for one in report.fetched:
        out.print(f"{one.day}  {one.state.value}: {_announced(one)}")
    if report.synced.labels or report.synced.undone:
        from triage.cli.label_reports import print_labels

        out.print("read from your digests:")
        print_labels([*report.synced.labels, *report.synced.undone], as_json=False)
    if report.trained:
        out.print(f"trained a model, because {report.trained}")
    for digest in report.digests:
        outcome = f"would be {digest.outcome.value}" if trial else digest.outcome.value
        out.print(f"{digest.file}: {outcome}", soft_wrap=True)
        out.print(
            f"  {len(digest.choice.picks)} of {digest.total} picked "
            f"(at most {digest.choice.cap}; {digest.choice.passed} passed the threshold)",
        )
        for pick in digest.choice.picks:
            out.print(f"  {pick.rank}. {pick.scored.paper.title}")
            out.print(f"     {_categories(pick.scored)} · {pick.scored.probability:.0%}")
    if nothing and not failed:
        out.print(nothing)
    return bool(failed)


def _announced(one: Announcement) -> str:
    """Return what an announcement brought, or why it brought nothing."""
    if one.state not in WHOLE:
        return one.reason or "the reason is not known"
    note = f" ({one.reason})" if one.reason else ""
    return f"{one.new} new, {one.cross} cross-listed, {one.replaced} replaced{note}"


def _digest_record(digest: DigestReport, model: str) -> dict[str, Any]:
    return {
        "day": digest.day.isoformat(),
        "file": str(digest.file),
        "outcome": digest.outcome.value,
        "announcements": [one.day.isoformat() for one in digest.covers],
        "total": digest.total,
        "cap": digest.choice.cap,
        "passed": digest.choice.passed,
        "picks": [_scored(pick.scored, rank=pick.rank) for pick in digest.choice.picks],
        "asked": [_scored(pick.scored, rank=pick.rank) for pick in digest.asked],
        "model": model,
    }


def print_ranking(scored: Sequence[ScoredPaper], *, as_json: bool) -> None:
    """Show papers in order."""
    if as_json:
        print_json_lines(_scored(one, rank=rank) for rank, one in enumerate(scored, start=1))
        return
    if not sys.stdout.isatty():
        for rank, one in enumerate(scored, start=1):
            print(f"{rank}\t{one.probability:.3f}\t{one.paper.id}\t{_categories(one)}\t{one.paper.title}")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, options in (
        ("", {"justify": "right"}),
        ("Prob.", {"justify": "right"}),
        ("arXiv", {"no_wrap": True}),
        ("Categories", {}),
        ("Title", {"ratio": 1}),
        ("Because of", {}),
    ):
        table.add_column(name, **options)
    for rank, one in enumerate(scored, start=1):
        words = ", ".join(word.term for word in one.explanation.contributions if word.value > 0)
        table.add_row(
            str(rank),
            f"{one.probability:.0%}",
            one.paper.id,
            Text(_categories(one)),
            Text(one.paper.title),
            Text(words, style="dim"),
        )
    console().print(table)


def print_learned(report: LearnReport, *, as_json: bool, offline: bool) -> None:
    """Show what learning found, looked up and left out, and how good the model is.

    The entries come first and the sum of it last, where it is still on the screen.
    """
    from triage.cli.learned import told_papers

    gathered = report.gathered
    for notice in report.notices:
        print(f"triage: {notice}", file=sys.stderr)
    if as_json:
        print_json_lines(_learned_records(report))
        return
    out = console()
    for line in told_papers(gathered):
        out.print(line)
    found = Counter(finding.how for finding in gathered.findings)
    papers = {finding.paper.id for finding in gathered.findings if finding.paper}
    files = {finding.entry.file for finding in gathered.findings}
    out.print(
        f"{counted(len(gathered.findings), 'entry', 'entries')} in {counted(len(files), 'file')} of notes: "
        f"{counted(len(papers), 'paper')} known (entries found by id: {found['id']}, by title: "
        f"{found['title']}, by a similar title: {found['similar title']}), "
        f"{len(gathered.unknown)} unknown but learned from as noted, {len(gathered.left_out)} left out",
    )
    if offline and (gathered.unknown or gathered.left_out):
        out.print("  'triage learn' without --offline looks the unknown ones up at arXiv")
    print_training(report.training, out)


def print_training(training: Training, out: Console) -> None:
    """Show the model in use after training, and the new one if it was not taken."""
    if training.refused is not None:
        out.print("the new model does worse on past days, so the old one stays in use")
        print_manifest(training.refused_version, training.refused, out)
        out.print("in use:")
    print_manifest(training.version, training.manifest, out)


def print_manifest(version: str, manifest: Manifest, out: Console) -> None:
    """Show a model's account of itself."""
    out.print(
        f"model {version}: {counted(manifest.relevant, 'relevant paper')} and {manifest.irrelevant} irrelevant "
        f"against {manifest.background:,} unlabelled ones",
    )
    if manifest.auc and manifest.average_precision:
        out.print(
            f"  on papers it has not seen (cross-validated): AUC {_measured(manifest.auc)}, "
            f"average precision {_measured(manifest.average_precision)}",
        )
    if manifest.held_out:
        held = manifest.held_out
        out.print(
            f"  on {held.days} past days: AUC {_measured(held.auc)}, nDCG {_measured(held.ndcg)}, "
            f"recall at 10 {_measured(held.recall_10)}",
        )
    learned = sorted((one for one in manifest.categories if one.learned), key=lambda one: -one.notes)
    if learned:
        # Those with too few notes are among the warnings.
        names = ", ".join(f"{one.name} {one.notes}" for one in learned)
        out.print(f"  categories: {names}")
    for warning in manifest.warnings:
        print(f"triage: {warning}", file=sys.stderr)


def print_demo(report: DemoReport) -> None:
    """Show where the demonstration's digest is, and what to do next."""
    print_learned(report.learned, as_json=False, offline=False)
    print_day(report.day, as_json=False)
    out = console()
    out.print("")
    out.print(f"the digest: {report.digest}", soft_wrap=True)
    out.print("next, with your own notes: triage init, then triage learn, then triage run")


def print_dry_run(trial: DryRun, *, as_json: bool, nothing: str = "") -> bool:
    """Show what a run would do, and the digests it would write; see :func:`print_day`."""
    failed = print_day(trial.report, as_json=as_json, trial=True, nothing=nothing)
    if not as_json:
        for text in trial.texts:
            print(f"\n{text}", end="")
    return failed


def _learned_records(report: LearnReport) -> list[dict[str, Any]]:
    left_out = {(one.entry.file, one.entry.line) for one in report.gathered.left_out}
    records: list[dict[str, Any]] = [
        {
            "kind": "entry",
            "file": finding.entry.file,
            "line": finding.entry.line,
            "title": finding.entry.title,
            "arxiv_id": finding.paper.id if finding.paper else "",
            "how": finding.how,
            "similarity": round(finding.similarity, 4),
            "conflict": finding.conflict,
            "left_out": (finding.entry.file, finding.entry.line) in left_out,
            "reason": finding.reason,
        }
        for finding in report.gathered.findings
    ]
    records += [
        {"kind": "problem", "file": one.file, "line": one.line, "reason": one.what}
        for one in report.gathered.problems
    ]
    manifest = report.training.manifest
    records.append(
        {
            "kind": "model",
            "version": report.training.version,
            "relevant": manifest.relevant,
            "irrelevant": manifest.irrelevant,
            "background": manifest.background,
            "auc": manifest.auc.value if manifest.auc else None,
            "auc_error": manifest.auc.error if manifest.auc else None,
            "average_precision": manifest.average_precision.value if manifest.average_precision else None,
            "average_precision_error": manifest.average_precision.error
            if manifest.average_precision
            else None,
            "categories": {one.name: one.notes for one in manifest.categories},
            "warnings": list(manifest.warnings),
        }
    )
    return records


def _scored(one: ScoredPaper, *, rank: int) -> dict[str, Any]:
    return {
        "rank": rank,
        "id": one.paper.id,
        "title": one.paper.title,
        "score": one.score,
        "probability": one.probability,
        "categories": list(one.categories),
        "why": {
            "words": [{"word": word.term, "weight": word.value} for word in one.explanation.contributions],
            "nearest": [
                {"id": near.id, "title": near.title, "similarity": near.similarity}
                for near in one.explanation.nearest_notes
            ],
            "community": one.explanation.community,
            "picked_by_others": one.explanation.picked_by_others,
        },
    }


def _categories(one: ScoredPaper) -> str:
    return ", ".join(one.categories) or "uncategorised"


def _measured(measure: Measure) -> str:
    return f"{measure.value:.3f} ± {measure.error:.3f}"

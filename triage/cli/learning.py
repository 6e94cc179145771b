"""``triage learn`` and ``triage retrain``: notes and labels become a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from triage.cli.labels import print_problems
from triage.cli.models import move_record, print_moves, print_training
from triage.cli.options import ConfigOption, JsonOption, flag, load
from triage.cli.output import counted, print_json_lines, print_notices
from triage.cli.progress import opened
from triage.papers import title_key

if TYPE_CHECKING:
    from triage.feedback.retrain import Retrained
    from triage.training.labels import NotesUpdate
    from triage.training.learn import LearnReport
    from triage.training.lookup import EntryMatch


def learn(
    config: ConfigOption = None,
    offline: Annotated[bool, flag("--offline", "Looks noted papers up in the store only.")] = False,
    json: JsonOption = False,
) -> None:
    """Reads your notes, looks the papers up, and trains the model.

    Reports which papers were found, looked up or left out and why, and how well the model ranks papers
    that it has not seen.

    Examples:

    - `triage learn`
    - `triage learn --offline`: without the network
    """
    from triage.training.learn import learn as learn_notes

    with opened(load(config), lock_for="learn") as context:
        report = learn_notes(context, offline=offline)
    print_learned(report, as_json=json, offline=offline)


def retrain(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Trains on all labels. The old model is kept if the new one does worse on past days.

    Reads marks and notes first, without looking up new papers; 'triage learn' does that too.

    Examples:

    - `triage retrain`
    - `triage retrain --json`: with the papers whose rank changed most
    """
    from triage.feedback.retrain import retrain as retrain_model

    with opened(load(config), lock_for="retrain") as context:
        report = retrain_model(context)
    if json:
        print_json_lines([_retrained_record(report)])
    else:
        print_training(report.training)
        print_moves(report.moves)
    print_problems(report.synced)


def print_learned(report: LearnReport, *, as_json: bool, offline: bool) -> None:
    """Show what learning found, looked up and left out, and how good the model is.

    Single papers come first and the summary last, where it is still on the screen.
    """
    print_notices(report.notices)
    if as_json:
        print_json_lines(_learned_records(report))
        return
    notes = report.notes
    for line in paper_lines(notes):
        print(line)
    by = Counter(match.matched_by for match in notes.matches)
    papers = {match.paper.id for match in notes.matches if match.paper}
    files = {match.entry.file for match in notes.matches}
    print(
        f"{counted(len(notes.matches), 'entry', 'entries')} in {counted(len(files), 'note file')}: "
        f"{counted(len(papers), 'paper')} found (entries found by id: {by['id']}, by title: {by['title']}, "
        f"by a similar title: {by['similar title']}); {len(notes.unknown)} not found, learned from the "
        f"note alone; {len(notes.left_out)} left out"
    )
    if offline and (notes.unknown or notes.left_out):
        print("  Without --offline, 'triage learn' looks up at arXiv those that were not found.")
    print_training(report.training)


def paper_lines(notes: NotesUpdate) -> Iterator[str]:
    """Yield a line for each noted paper in doubt, not found or left out, and for each problem in a file.

    Each paper has one line with all its places.  Papers that wait to be looked up are counted elsewhere.
    """
    left_out = {(one.entry.file, one.entry.line) for one in notes.left_out}
    in_doubt = [one for one in notes.matches if one.conflict]
    unknown = [
        one
        for one in notes.matches
        if not (one.paper or one.conflict or one.pending or (one.entry.file, one.entry.line) in left_out)
    ]
    nothing_to_learn = [one for one in notes.left_out if not one.pending]
    for kind, matches in (("conflict", in_doubt), ("unknown", unknown), ("left out", nothing_to_learn)):
        for places, match in _by_paper(matches):
            yield f"{kind:<10} {places}: {match.conflict if kind == 'conflict' else match.reason}"
    for problem in notes.problems:
        yield f"unreadable {problem.file}:{problem.line}: {problem.what}"


def _by_paper(matches: Iterable[EntryMatch]) -> Iterator[tuple[str, EntryMatch]]:
    """Yield each paper's places and its first match."""
    papers: dict[tuple[str, str, str], list[EntryMatch]] = {}
    for one in matches:
        title = title_key(one.entry.title)
        # What has neither id nor title is known by its text, which the reason quotes.
        key = one.entry.arxiv_id or "", title, "" if title else one.reason
        papers.setdefault(key, []).append(one)
    for same in papers.values():
        yield ", ".join(dict.fromkeys(f"{one.entry.file}:{one.entry.line}" for one in same)), same[0]


def _learned_records(report: LearnReport) -> Iterator[dict[str, Any]]:
    left_out = {(one.entry.file, one.entry.line) for one in report.notes.left_out}
    for match in report.notes.matches:
        yield {
            "kind": "entry",
            "file": match.entry.file,
            "line": match.entry.line,
            "title": match.entry.title,
            "arxiv_id": match.paper.id if match.paper else "",
            "how": match.matched_by,
            "similarity": round(match.similarity, 4),
            "conflict": match.conflict,
            "left_out": (match.entry.file, match.entry.line) in left_out,
            "reason": match.reason,
        }
    for one in report.notes.problems:
        yield {"kind": "problem", "file": one.file, "line": one.line, "reason": one.what}
    manifest = report.training.manifest
    auc, precision = manifest.auc, manifest.average_precision
    yield {
        "kind": "model",
        "version": report.training.version,
        "relevant": manifest.relevant,
        "irrelevant": manifest.irrelevant,
        "background": manifest.background,
        "auc": auc and auc.value,
        "auc_error": auc and auc.error,
        "average_precision": precision and precision.value,
        "average_precision_error": precision and precision.error,
        "categories": {one.name: one.notes for one in manifest.categories},
        "warnings": list(manifest.warnings),
    }


def _retrained_record(report: Retrained) -> dict[str, Any]:
    training = report.training
    gain = (training.refused or training.manifest).gain
    return {
        "version": training.version,
        "before": report.before,
        "taken": training.refused is None,
        "refused_version": training.refused_version,
        "gain": gain and gain.value,
        "gain_error": gain and gain.error,
        "moves": [move_record(move) for move in report.moves],
    }

"""``triage learn`` and ``triage retrain``: notes and labels become a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from triage.cli.labels import print_problems
from triage.cli.models import move_record, print_moves, print_training
from triage.cli.options import ConfigOption, JsonOption, flag, load
from triage.cli.output import counted, print_json_lines, print_notices
from triage.cli.progress import shown_progress
from triage.papers import title_key

if TYPE_CHECKING:
    from triage.feedback.labelling import Retrained
    from triage.training.learn import Gathered, LearnReport
    from triage.training.lookup import Finding


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
    from triage.cli.work import learn_notes

    with shown_progress() as progress:
        report = learn_notes(load(config), offline=offline, progress=progress)
    print_learned(report, as_json=json, offline=offline)


def retrain(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Trains on all labels. The old model is kept if the new one does worse on past days.

    Reads marks and notes first, without looking up new papers; 'triage learn' does that too.

    Examples:

    - `triage retrain`
    - `triage retrain --json`: with the papers whose rank changed most
    """
    from triage.feedback.labelling import retrain_model

    with shown_progress() as progress:
        report = retrain_model(load(config), progress=progress)
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
    gathered = report.gathered
    for line in paper_lines(gathered):
        print(line)
    by = Counter(finding.how for finding in gathered.findings)
    papers = {finding.paper.id for finding in gathered.findings if finding.paper}
    files = {finding.entry.file for finding in gathered.findings}
    print(
        f"{counted(len(gathered.findings), 'entry', 'entries')} in {counted(len(files), 'note file')}: "
        f"{counted(len(papers), 'paper')} found (entries found by id: {by['id']}, by title: {by['title']}, "
        f"by a similar title: {by['similar title']}); {len(gathered.unknown)} not found, learned from the "
        f"note alone; {len(gathered.left_out)} left out"
    )
    if offline and (gathered.unknown or gathered.left_out):
        print("  Without --offline, 'triage learn' looks up at arXiv those that were not found.")
    print_training(report.training)


def paper_lines(gathered: Gathered) -> Iterator[str]:
    """Yield a line for each noted paper in doubt, not found or left out, and for each problem in a file.

    Each paper has one line with all its places.  Papers that wait to be looked up are counted elsewhere.
    """
    left_out = {(one.entry.file, one.entry.line) for one in gathered.left_out}
    in_doubt = [one for one in gathered.findings if one.conflict]
    unknown = [
        one
        for one in gathered.findings
        if not (one.paper or one.conflict or one.waiting or (one.entry.file, one.entry.line) in left_out)
    ]
    nothing_to_learn = [one for one in gathered.left_out if not one.waiting]
    for kind, findings in (("conflict", in_doubt), ("unknown", unknown), ("left out", nothing_to_learn)):
        for places, finding in _by_paper(findings):
            yield f"{kind:<10} {places}: {finding.conflict if kind == 'conflict' else finding.reason}"
    for problem in gathered.problems:
        yield f"unreadable {problem.file}:{problem.line}: {problem.what}"


def _by_paper(findings: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """Yield each paper's places and its first finding."""
    papers: dict[tuple[str, str, str], list[Finding]] = {}
    for one in findings:
        title = title_key(one.entry.title)
        # What has neither id nor title is known by its text, which the reason quotes.
        key = one.entry.arxiv_id or "", title, "" if title else one.reason
        papers.setdefault(key, []).append(one)
    for same in papers.values():
        yield ", ".join(dict.fromkeys(f"{one.entry.file}:{one.entry.line}" for one in same)), same[0]


def _learned_records(report: LearnReport) -> Iterator[dict[str, Any]]:
    left_out = {(one.entry.file, one.entry.line) for one in report.gathered.left_out}
    for finding in report.gathered.findings:
        yield {
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
    for one in report.gathered.problems:
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

"""``triage learn`` and ``triage retrain``: notes and labels become a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from triage.cli.labels import print_problems
from triage.cli.models import move_record, print_moves, print_training
from triage.cli.options import ConfigOption, JsonOption, flag, load
from triage.cli.output import counted, fields, print_json_lines, print_notices
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
    verbose: Annotated[bool, flag("--verbose", "Lists unknown papers, shows all measures.")] = False,
    json: JsonOption = False,
) -> None:
    """Reads your notes, looks the papers up, and trains the model.

    Reports how many papers were found, how many of them are known, and how well the model ranks papers that
    it has not seen. Unknown papers are learned from the note alone.

    Examples:

    - `triage learn`
    - `triage learn --offline --verbose`: without the network; with each unknown paper and the reason
    """
    from triage.training.learn import learn as learn_notes
    from triage.training.learn import nothing_found

    with opened(load(config), lock_for="learn") as context:
        report = learn_notes(context, offline=offline, on_first_model=_first_model)
    print_learned(report, as_json=json, offline=offline, verbose=verbose)
    manifest = report.training.manifest
    if not manifest.relevant and not manifest.seeds:
        raise nothing_found(context.config)
    if not json:
        print("Next: triage run")


def _first_model() -> None:
    print_notices(["a first model is ready: you may stop with Ctrl-C and use 'triage run'; learning goes on"])


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


def print_learned(report: LearnReport, *, as_json: bool, offline: bool, verbose: bool = False) -> None:
    """Show what learning found, looked up and left out, and how good the model is."""
    print_notices(report.notices)
    if as_json:
        print_json_lines(_learned_records(report))
        return
    notes = report.notes
    if verbose:
        for line in paper_lines(notes):
            print(line)
    counts = {kind: len(papers) for kind, papers in _in_question(notes).items()}
    known = len({match.paper.id for match in notes.matches if match.paper})
    files = len({match.entry.file for match in notes.matches})
    waiting = len(_by_paper([match for match in notes.matches if match.pending]))
    papers = known + counts["unknown"] + counts["left out"] + waiting
    parts = [f"{known:,} known", *(f"{count:,} {kind}" for kind, count in counts.items() if count)]
    parts += [f"{waiting:,} to be looked up"] if waiting else []
    print(f"{counted(papers, 'paper')} in {counted(files, 'note file')}: {', '.join(parts)}.")
    if not verbose and (any(counts.values()) or notes.problems):
        print("  Each, with the reason: triage learn --verbose, or triage notes doctor PATH")
    if offline and counts["unknown"]:
        print("  Without --offline, 'triage learn' asks arXiv for the unknown ones.")
    print_training(report.training, details=verbose)


def paper_lines(notes: NotesUpdate) -> Iterator[str]:
    """Yield a line for each noted paper in doubt, not found or left out, and for each problem in a file.

    Each paper has one line with all its places.  Papers that wait to be looked up are counted elsewhere.
    """
    for kind, papers in _in_question(notes).items():
        for same in papers:
            places = ", ".join(dict.fromkeys(f"{one.entry.file}:{one.entry.line}" for one in same))
            yield f"{kind:<10} {places}: {same[0].conflict if kind == 'in doubt' else same[0].reason}"
    for problem in notes.problems:
        yield f"unreadable {problem.file}:{problem.line}: {problem.what}"


def _in_question(notes: NotesUpdate) -> dict[str, list[list[EntryMatch]]]:
    """Return the noted papers that are not simply known, by what is wrong with them."""
    left_out = [one for one in notes.left_out if not one.pending]
    places = {(one.entry.file, one.entry.line) for one in notes.left_out}
    doubtful = [one for one in notes.matches if one.conflict]
    unknown = [
        one
        for one in notes.matches
        if not (one.paper or one.conflict or one.pending or (one.entry.file, one.entry.line) in places)
    ]
    kinds = {"in doubt": doubtful, "unknown": unknown, "left out": left_out}
    return {kind: _by_paper(matches) for kind, matches in kinds.items()}


def _by_paper(matches: Sequence[EntryMatch]) -> list[list[EntryMatch]]:
    """Group the matches of each paper."""
    papers: dict[tuple[str, str, str], list[EntryMatch]] = {}
    for one in matches:
        title = title_key(one.entry.title)
        # What has neither id nor title is known by its text, which the reason quotes.
        key = one.entry.arxiv_id or "", title, "" if title else one.reason
        papers.setdefault(key, []).append(one)
    return list(papers.values())


def _learned_records(report: LearnReport) -> Iterator[dict[str, Any]]:
    left_out = {(one.entry.file, one.entry.line) for one in report.notes.left_out}
    for match in report.notes.matches:
        yield {
            "kind": "entry",
            **fields(match.entry, "file", "line", "title"),
            "arxiv_id": match.paper.id if match.paper else "",
            "how": match.matched_by,
            "similarity": round(match.similarity, 4),
            "conflict": match.conflict,
            "left_out": (match.entry.file, match.entry.line) in left_out,
            "reason": match.reason,
        }
    for one in report.notes.problems:
        yield {"kind": "problem", **fields(one, "file", "line"), "reason": one.what}
    manifest = report.training.manifest
    auc, precision = manifest.auc, manifest.average_precision
    yield {
        "kind": "model",
        "version": report.training.version,
        **fields(manifest, "relevant", "irrelevant", "background"),
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

"""What learning has to say of single papers, each once with all its places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from triage.papers import title_key
from triage.training.learn import Gathered
from triage.training.lookup import Finding


def told_papers(gathered: Gathered) -> Iterator[str]:
    """Yield a line for each noted paper that is in doubt, unknown or left out, and for each problem.

    Papers that are only waiting to be looked up are counted elsewhere.
    """
    nothing_to_learn = {(one.entry.file, one.entry.line) for one in gathered.left_out}
    in_doubt = [one for one in gathered.findings if one.conflict]
    unknown = [
        one
        for one in gathered.findings
        if one.paper is None
        and not one.conflict
        and not one.waiting
        and (one.entry.file, one.entry.line) not in nothing_to_learn
    ]
    left_out = [one for one in gathered.left_out if not one.waiting]
    for kind, findings in (("conflict", in_doubt), ("unknown", unknown), ("left out", left_out)):
        for places, finding in _by_paper(findings):
            said = finding.conflict if kind == "conflict" else finding.reason
            yield f"{kind:<10} {places}: {said}"
    for problem in gathered.problems:
        yield f"unreadable {problem.file}:{problem.line}: {problem.what}"


def _by_paper(findings: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """Yield each paper's places and the first finding of it."""
    papers: dict[tuple[str, str, str], list[Finding]] = {}
    for one in findings:
        entry = one.entry
        title = title_key(entry.title)
        # What has neither id nor title is told by its text, which the reason quotes.
        papers.setdefault((entry.arxiv_id or "", title, "" if title else one.reason), []).append(one)
    for same in papers.values():
        places = dict.fromkeys(f"{one.entry.file}:{one.entry.line}" for one in same)
        yield ", ".join(places), same[0]

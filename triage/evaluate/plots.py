"""Pictures of a backtest, drawn by matplotlib (the extra ``plots``)."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.digest.escape import shortened
from triage.errors import TriageError
from triage.evaluate.report import FIRST_FEW, RankedPick, rank_picks
from triage.papers import ArxivId

if TYPE_CHECKING:
    from triage.evaluate.backtest import ScoredDay
    from triage.ranker.metrics import CalibrationBin

MOST_GROUPS = 12
_LONGEST_NAME = 32
_INK, _BLUE, _PALE, _RED = "#333333", "#2b6cb0", "#a3c4e0", "#c05640"
_FONTS = ("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "SimHei", "PingFang SC")
"""Those that are installed are used, the first that has a letter."""


def require_matplotlib() -> None:
    """Raise :class:`TriageError` unless pictures can be drawn."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise TriageError(
            "the report's pictures need matplotlib, which is not installed.",
            remedy="Install it with: pip install matplotlib. Without --out no report is made and "
            "the measures are printed all the same.",
        ) from None


def draw_pictures(
    days: Sequence[ScoredDay],
    calibration: Sequence[CalibrationBin],
    categories: Mapping[ArxivId, tuple[str, ...]],
    *,
    budget: int,
    folder: Path,
) -> list[tuple[str, str]]:
    """Draw the four pictures into a folder; returns each file's name, and what it shows.

    There is at least one pick; ``categories`` are the reader's own, and a digest has ``budget`` picks.
    """
    ranked = rank_picks(days)
    drawings: tuple[tuple[str, str, Any], ...] = (
        ("precision-recall.png", "Precision and recall", lambda axes: _precision_recall(axes, days)),
        ("calibration.png", "Promised and picked", lambda axes: _calibration(axes, calibration)),
        ("ranks.png", "The rank of your picks over time", lambda axes: _ranks(axes, ranked, budget)),
        ("missed.png", "What was missed", lambda axes: _missed(axes, ranked, categories, budget)),
    )
    for name, title, draw in drawings:
        _save(folder / name, title, draw)
    return [(name, title) for name, title, _ in drawings]


def groups(
    ranked: Sequence[RankedPick], categories: Mapping[ArxivId, tuple[str, ...]], budget: int
) -> list[tuple[str, int, int, int]]:
    """Count picks by the reader's first category of each: in a digest, in the first ten, further down.

    The most frequent categories come first; what is left over is together.
    """
    names = {pick.paper.id: next(iter(categories.get(pick.paper.id, ())), "no category") for pick in ranked}
    frequent = [name for name, _ in Counter(names.values()).most_common(MOST_GROUPS)]
    counts: dict[str, list[int]] = {name: [0, 0, 0] for name in frequent}
    for pick in ranked:
        name = names[pick.paper.id] if names[pick.paper.id] in counts else "other categories"
        level = 0 if pick.rank <= budget else 1 if pick.rank <= FIRST_FEW else 2
        counts.setdefault(name, [0, 0, 0])[level] += 1
    return [(name, shown, few, missed) for name, (shown, few, missed) in counts.items()]


def _save(path: Path, title: str, draw: Any) -> None:
    # No pyplot: it keeps state and looks for a screen.
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    fonts = [name for name in _FONTS if name in installed]
    with rc_context({"font.family": fonts or ["sans-serif"], "font.size": 9, "axes.edgecolor": _INK}):
        figure = Figure(figsize=(6.4, 4.0), dpi=150, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        axes.set_title(title, loc="left")
        with warnings.catch_warnings():
            # A category may be in letters that no installed font has: they show as boxes.
            warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
            figure.savefig(path, metadata={"Software": None})


def _precision_recall(axes: Any, days: Sequence[ScoredDay]) -> None:
    # Scores of different days can't be compared; probabilities can, and choose the picks.
    picked = np.concatenate([day.picked for day in days])
    best_first = np.argsort(-np.concatenate([day.probabilities for day in days]), kind="stable")
    found = np.cumsum(picked[best_first])
    precision = found / np.arange(1, len(found) + 1)
    axes.plot(
        found / max(1, int(found[-1])), precision, color=_BLUE, label="papers of all days, by probability"
    )
    rate = float(picked.mean())
    axes.axhline(rate, color=_RED, linestyle="--", label=f"by chance ({rate:.1%})")
    axes.set(xlabel="recall: share of your picks found", ylabel="precision: share of picks in what is shown")
    axes.set(xlim=(0, 1), ylim=(0, None))
    axes.legend(frameon=False)


def _calibration(axes: Any, bins: Sequence[CalibrationBin]) -> None:
    promised = np.array([row.mean_probability for row in bins])
    picked = np.array([row.share_picked for row in bins])
    # A tenth of the papers a point; two binomial standard errors.
    errors = 2 * np.sqrt(np.maximum(picked * (1 - picked), 1e-12) / [row.papers for row in bins])
    top = 1.15 * max(promised.max(), (picked + errors).max(), 0.01)
    axes.plot([0, top], [0, top], color=_INK, linewidth=0.8, linestyle="--", label="as promised")
    label = "a tenth of all papers each"
    axes.errorbar(promised, picked, yerr=errors, color=_BLUE, marker="o", capsize=2, label=label)
    axes.set(xlabel="mean probability promised", ylabel="share that you picked", xlim=(0, top), ylim=(0, top))
    axes.legend(frameon=False)


def _ranks(axes: Any, ranked: Sequence[RankedPick], budget: int) -> None:
    # Its functions have no types.
    dates: Any = import_module("matplotlib.dates")
    for is_shown, colour, label in ((True, _BLUE, "in a digest"), (False, _RED, "not in a digest")):
        picks = [pick for pick in ranked if (pick.rank <= budget) is is_shown]
        days, ranks = [pick.day for pick in picks], [pick.rank for pick in picks]
        axes.scatter(days, ranks, s=14, color=colour, label=f"{label} ({len(picks)})")
    months: dict[date, list[int]] = {}
    for pick in ranked:
        months.setdefault(pick.day.replace(day=15), []).append(pick.rank)
    middle = [np.median(ranks) for ranks in months.values()]
    axes.plot([*months], middle, color=_INK, marker="_", label="median of the month")
    axes.axhline(budget + 0.5, color=_INK, linewidth=0.8, linestyle=":")
    axes.set_yscale("log")
    axes.invert_yaxis()
    axes.set_yticks([1, 3, 10, 30, 100], labels=["1", "3", "10", "30", "100"])
    axes.minorticks_off()
    locator = dates.AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axes.set(ylabel="rank among the candidates of its day")
    axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.14))


def _missed(
    axes: Any, ranked: Sequence[RankedPick], categories: Mapping[ArxivId, tuple[str, ...]], budget: int
) -> None:
    rows = groups(ranked, categories, budget)[::-1]
    places = np.arange(len(rows))
    left = np.zeros(len(rows))
    labels = ("in a digest", f"in the first {FIRST_FEW}", "further down")
    for level, (colour, label) in enumerate(zip((_BLUE, _PALE, _RED), labels, strict=True), start=1):
        width = np.array([row[level] for row in rows], dtype=float)
        axes.barh(places, width, left=left, color=colour, label=label)
        left += width
    # Names are the reader's own text: no dollar is to begin a formula.
    axes.set_yticks(places, labels=[shortened(row[0], _LONGEST_NAME) for row in rows], parse_math=False)
    axes.set(xlabel="your picks")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.12))

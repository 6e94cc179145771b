"""``triage model``: the models made so far, and the way back to an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from triage.cli.options import ConfigOption, JsonOption, ListingOption, argument, load
from triage.cli.output import counted, print_json_lines, print_notices
from triage.cli.progress import opened
from triage.text.unicode import plain

if TYPE_CHECKING:
    from triage.ranker.manifest import Manifest, Measure
    from triage.training.models import KnownModel, RankMove
    from triage.training.update import Training

MOST_MOVES = 10
"""So many papers are shown whose rank changed most."""

_TWO_LINES = 150


def list_(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Lists the models, oldest first: when and why each was made, and what it is kept for.

    A star marks the one in use. Kept are the last few, the last one of each month for half a year, and those
    that you named. The measure (AUC) is the share of other papers that a noted one is above; behind it is the
    change since the model before.

    Examples:

    - `triage model list`
    - `triage model list --json`: with all that each model records about itself
    """
    from triage.training.models import all_models

    with opened(load(config)) as context:
        known = all_models(context)
    if json:
        print_json_lines(_record(one) | {"purpose": one.purpose} for one in known)
        return
    before: Measure | None = None
    for one in known:
        made, auc = one.manifest.trained_on, one.manifest.auc
        parts = [f"{made.made_at:%Y-%m-%d}" if made and made.made_at else "", made.why if made else ""]
        parts += [f"{one.manifest.relevant} relevant, {one.manifest.irrelevant} irrelevant"]
        if auc:
            parts.append(f"AUC {auc.value:.3f}" + (f" ({auc.value - before.value:+.3f})" if before else ""))
        before = auc or before
        purpose = f" ({one.purpose})" if one.purpose else ""
        print(f"{'*' if one.in_use else ' '} {one.version}  {'; '.join(filter(None, parts))}{purpose}")
    if not known:
        print("There is no model yet. Make one with: triage learn")


def show(
    version: Annotated[str, argument("VERSION", "Default: the model in use.")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Shows what a model learned from and how well it ranks.

    Examples:

    - `triage model show`: the model in use
    - `triage model show 0002-3f9a1c44`
    """
    from triage.training.models import named_model

    with opened(load(config)) as context:
        one = named_model(context, version)
    if json:
        print_json_lines([_record(one)])
    else:
        print_manifest(one.version, one.manifest)


def rollback(
    version: Annotated[str, argument("VERSION", "Default: the model in use before.")] = "",
    config: ConfigOption = None,
) -> None:
    """Goes back to an earlier model, which is used until you run `triage learn` or `triage retrain`.

    Examples:

    - `triage model rollback`: the model that was in use before
    - `triage model rollback 0002-3f9a1c44`: this model, which is never removed from now on
    """
    with opened(load(config), lock_for="model rollback") as context:
        print(
            f"Now in use: model {context.registry.rollback(version)}. "
            "It is used until you run 'triage learn' or 'triage retrain'."
        )


def diff(
    old: Annotated[str, argument("OLD", "Default: the model made before NEW.")] = "",
    new: Annotated[str, argument("NEW", "Default: the model in use.")] = "",
    listing: ListingOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Compares two models, by default the last two: their measures, and the papers whose rank changed most.

    Ranks the papers of the last listing days in the store, or those of --listing.

    Examples:

    - `triage model diff`: the model in use and the one made before it
    - `triage model diff 0001-a41be02d 0002-3f9a1c44 --json`
    """
    from triage.training.models import compare_models

    with opened(load(config)) as context:
        comparison = compare_models(context, old, new, listing=listing)
    if json:
        print_json_lines(map(move_record, comparison.moves))
        return
    for one in (comparison.old, comparison.new):
        print_manifest(one.version, one.manifest)
    print_moves(comparison.moves)
    if not comparison.moves:
        print("  No paper changed its rank.")


def print_training(training: Training, *, details: bool = True) -> None:
    """Show the model in use after a training, and the new one if it was refused."""
    if training.refused is not None:
        print("The new model does worse on past days, so the old model is kept. The new model:")
        print_manifest(training.refused_version, training.refused, details=details)
        print("The model in use:")
    print_manifest(training.version, training.manifest, details=details)


def print_manifest(version: str, manifest: Manifest, *, details: bool = True) -> None:
    """Show what a model learned from and how good it is; without details, in a sentence each."""
    print(
        f"Model {version}: {counted(manifest.relevant, 'relevant paper')} and {manifest.irrelevant} irrelevant, "
        f"against {manifest.background:,} unlabelled."
    )
    if manifest.auc:
        print(f"On papers it had not seen it puts a noted paper above {_share(manifest.auc.value)} others.")
    if details and manifest.auc and manifest.average_precision:
        print(
            f"  cross-validated: AUC {_measured(manifest.auc)}, "
            f"average precision {_measured(manifest.average_precision)}"
        )
    if details and (held := manifest.held_out):
        print(
            f"  on {held.days} past days: AUC {_measured(held.auc)}, nDCG {_measured(held.ndcg)}, "
            f"recall at 10 {_measured(held.recall_10)}"
        )
    learned = sorted((one for one in manifest.categories if one.learned), key=lambda one: -one.notes)
    if learned:
        # Those with too few notes are among the warnings.
        print(_short(f"Categories: {', '.join(f'{one.name} {one.notes}' for one in learned)}", details))
    print_notices(_short(warning, details) for warning in manifest.warnings)


def _short(sentence: str, details: bool) -> str:
    from triage.digest.escape import shortened

    return sentence if details else shortened(sentence, _TWO_LINES)


def _share(auc: float) -> str:
    """Say an AUC in words.

    >>> _share(0.951), _share(0.987), _share(0.999)
    ('19 of 20', '99 of 100', 'nearly all')
    """
    of = next((of for of in (20, 100) if round(auc * of) < of), 0)
    return f"{round(auc * of)} of {of}" if of else "nearly all"


def print_moves(moves: Sequence[RankMove]) -> None:
    """Show the papers whose rank changed most."""
    for move in moves[:MOST_MOVES]:
        print(f"  {move.before:>4} -> {move.after:<4} {plain(move.paper.title)}")


def move_record(move: RankMove) -> dict[str, Any]:
    """Return how a paper's rank changed, for JSON."""
    paper = move.paper
    return {"arxiv_id": paper.id, "title": paper.title, "before": move.before, "after": move.after}


def _record(model: KnownModel) -> dict[str, Any]:
    return {"version": model.version, "in_use": model.in_use, **asdict(model.manifest)}


def _measured(measure: Measure) -> str:
    return f"{measure.value:.3f} ± {measure.error:.3f}"

"""The commands that say and show what the reader holds of papers, and the models made of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from triage.cli.running import ConfigOption, JsonOption, explained, load, shown_progress


def label(
    papers: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...", help="arXiv ids or links; - reads them from standard input, one a line."
        ),
    ],
    relevant: Annotated[
        bool, typer.Option("--relevant", metavar="", help="You want papers like it.", show_default=False)
    ] = False,
    irrelevant: Annotated[
        bool, typer.Option("--irrelevant", metavar="", help="You don't.", show_default=False)
    ] = False,
    category: Annotated[
        list[str] | None, typer.Option("--category", metavar="C", help="Your category for it; repeatable.")
    ] = None,
    read: Annotated[
        bool, typer.Option("--read", metavar="", help="You have read it.", show_default=False)
    ] = False,
    unread: Annotated[
        bool, typer.Option("--unread", metavar="", help="You have not.", show_default=False)
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say that papers are relevant or not, of a category, or read; the next run learns from it.

    A paper that the store does not have is looked up at arXiv by the next digest, or by 'triage learn'.
    """
    from triage.cli.label_reports import print_labels, print_not_stored
    from triage.feedback.labelling import not_stored, say

    if not (relevant or irrelevant or category or read or unread):
        raise typer.BadParameter("say what: --relevant, --irrelevant, --category C, --read or --unread")
    if relevant and irrelevant:
        raise typer.BadParameter("--relevant and --irrelevant contradict each other")
    if read and unread:
        raise typer.BadParameter("--read and --unread contradict each other")
    given = [line for paper in papers for line in (sys.stdin.read().split() if paper == "-" else [paper])]
    with explained():
        settings = load(config)
        added = say(
            settings,
            given,
            relevant=relevant if relevant or irrelevant else None,
            categories=category or (),
            read=read if read or unread else None,
        )
        print_labels(added, as_json=json)
        print_not_stored(not_stored(settings, given))


def labels(
    paper: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Only these papers.")] = None,
    source: Annotated[
        str, typer.Option("--source", metavar="S", help="Only what was said in: notes, digest, command, web.")
    ] = "",
    undo: Annotated[
        int | None, typer.Option("--undo", min=1, metavar="N", help="Take back entry number N.")
    ] = None,
    tsv: Annotated[
        bool, typer.Option("--tsv", metavar="", help="Print tab-separated values with a header.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the log of all that you said of papers, or take an entry back.

    Nothing is ever deleted: taking back adds an entry that says so.
    """
    from triage.cli.label_reports import print_labels
    from triage.feedback.labelling import show, take_back

    with explained():
        settings = load(config)
        entries = [take_back(settings, undo)] if undo else show(settings, paper or (), source=source)
        print_labels(entries, as_json=json, as_tsv=tsv)


def sync(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Read the marks and edits in the digests back into labels; 'triage run' does it as well."""
    from triage.cli.label_reports import print_synced
    from triage.feedback.labelling import sync_digests

    with explained():
        print_synced(sync_digests(load(config)), as_json=json)


def retrain(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Train on all labels; the old model is kept if the new one does worse on past days."""
    from triage.cli.label_reports import print_retrained
    from triage.feedback.labelling import retrain_model

    with explained():
        with shown_progress() as progress:
            report = retrain_model(load(config), progress=progress)
        print_retrained(report, as_json=json)


model = typer.Typer(no_args_is_help=True, help="The models made so far, and the way back.")


@model.command("list")
def list_models(config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the models, oldest first; the one in use is marked."""
    from triage.cli.label_reports import print_models
    from triage.feedback.labelling import models

    with explained():
        print_models(models(load(config)), as_json=json)


@model.command("show")
def show_model(
    version: Annotated[str, typer.Argument(metavar="[VERSION]", help="Default: the one in use.")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a model was made of and how good it is."""
    from triage.cli.label_reports import print_models
    from triage.feedback.labelling import model_named

    with explained():
        print_models([model_named(load(config), version)], as_json=json, whole=True)


@model.command("rollback")
def roll_back(config: ConfigOption = None) -> None:
    """Go back to the model that was in use before."""
    from triage.feedback.labelling import roll_back_model

    with explained():
        typer.echo(f"now in use: {roll_back_model(load(config))}")


@model.command("diff")
def diff_models(
    old: Annotated[str, typer.Argument(metavar="OLD")],
    new: Annotated[str, typer.Argument(metavar="[NEW]", help="Default: the one in use.")] = "",
    listing: Annotated[
        Path | None,
        typer.Option("--listing", metavar="FILE", help="Rank these papers instead of the last days'."),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what changed between two models: measures, and the papers whose rank moved most."""
    from triage.cli.label_reports import print_diff
    from triage.feedback.labelling import compare_models

    with explained():
        with shown_progress() as progress:
            comparison = compare_models(load(config), old, new, listing=listing, progress=progress)
        print_diff(comparison, as_json=json)

"""How a command ends: errors in words on standard error, and the exit status."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from triage.errors import TriageError

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
"""Errors that have no file's name if the output could not be written."""


class _Terminated(KeyboardInterrupt):
    """SIGTERM: what stops containers, units and machines; it means the same as Ctrl-C."""


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


@contextmanager
def explained() -> Iterator[None]:
    """Tell the reader what went wrong and what to do; the exit status is set only here."""
    signal.signal(signal.SIGTERM, _terminate)
    logging.captureWarnings(True)
    # Only the daemon writes the log; a command reports in its own words.
    logging.getLogger("triage").addHandler(logging.NullHandler())
    try:
        yield
        sys.stdout.flush()
    except TriageError as error:
        _print_error(error.message, error.remedy)
        raise typer.Exit(error.exit_status) from None
    except KeyboardInterrupt as stop:
        typer.echo("triage: stopped. Finished steps are kept; run the command again to continue.", err=True)
        number = signal.SIGTERM if isinstance(stop, _Terminated) else signal.SIGINT
        raise typer.Exit(128 + number) from None
    except BrokenPipeError:
        # Whoever read our output has seen enough (head, a closed pager); that is no failure.  What is
        # still buffered goes nowhere, or the interpreter would complain about it when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        words = f"{error.strerror or str(error) or type(error).__name__}."
        if error.filename is not None:
            words = f"{error.filename}: {words}"
        elif error.errno in _DISK:
            words = f"the output can't be written: {words}"
        disk = error.filename is not None or error.errno in _DISK
        check = "Check the permissions and the free disk space, then run the command again."
        _print_error(words, check if disk else "To see where it comes from: triage --debug, and the command.")
        raise typer.Exit(1) from None


def _print_error(message: str, remedy: str) -> None:
    typer.secho("triage: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(message, err=True)
    if remedy:
        typer.echo(f"  {remedy}", err=True)
    if logging.getLogger("triage").isEnabledFor(logging.DEBUG):
        traceback.print_exc()


def show_tracebacks(wanted: bool) -> None:
    """Print a traceback under every error, for reports."""
    if wanted:
        logging.getLogger("triage").setLevel(logging.DEBUG)

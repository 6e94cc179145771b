"""The command that stays: triage by itself."""

from __future__ import annotations

from triage.cli.running import ConfigOption, explained


def daemon(config: ConfigOption = None) -> None:
    """Run by arXiv's announcement calendar until stopped (SIGTERM or Ctrl-C).

    Writes a digest soon after each announcement, tries again what failed, and learns from your notes
    and digests when you change them. Reads the configuration again when it changes, or on SIGHUP.
    Logs to standard error, one line an event. Ready files for systemd, cron, launchd, Docker and
    GitHub Actions are in contrib/; see docs/unattended.md.
    """
    from triage.config_file import find_config
    from triage.daemon.serve import serve

    with explained():
        serve(find_config(config))

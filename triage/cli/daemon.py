"""The command that stays: triage by itself."""

from __future__ import annotations

from triage.cli.running import ConfigOption, explained


def daemon(config: ConfigOption = None) -> None:
    """Run by arXiv's announcement calendar until stopped (SIGTERM or Ctrl-C).

    Writes a digest soon after each announcement (some minutes after midnight US Eastern), tries again
    what failed, and learns from your notes and digests a minute after you changed them. The machine may
    sleep: what was missed is done on waking, once.

    Your own 'triage run', 'learn' and 'label' work beside it; one works at a time, the other says who
    does. 'triage status' tells when it runs next and what needs you. It reads the configuration again
    when that changes, or on SIGHUP; a wrong one is told, and the one before stays in use.

    Logs to standard error, one line an event; 'daemon.log_format: json' and 'daemon.health_port' (health
    page and Prometheus metrics, on this machine alone) are in config.yaml. Ends with status 0 when it is
    stopped, 1 when it can't start: a wrong configuration, or another daemon on the same store.

    Ready files for systemd, cron, launchd, Docker and GitHub Actions are in contrib/; see
    docs/unattended.md.
    """
    from triage.config.load import find_config
    from triage.daemon.serve import serve

    with explained():
        serve(find_config(config))

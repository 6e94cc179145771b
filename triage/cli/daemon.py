"""``triage daemon``: the day by itself, at arXiv's hours."""

from __future__ import annotations

from triage.cli.options import ConfigOption


def daemon(config: ConfigOption = None) -> None:
    """Runs by arXiv's announcement calendar until it is stopped (SIGTERM or Ctrl-C).

    Writes a digest soon after each announcement (a few minutes after midnight US Eastern), tries again what
    failed, and learns from your notes and digests a minute after you changed them. The machine may sleep:
    what was missed is done once it wakes up.

    You can use 'triage run', 'learn' and 'label' meanwhile. One process works at a time; the other says
    which one does. 'triage status' shows when the daemon runs next and what needs you. The daemon reads
    config.yaml again when it changes, or on SIGHUP. If the new one is wrong, it says so and keeps the old
    one.

    Logs one line an event to standard error. 'daemon.log_format: json' and 'daemon.health_port' (a health
    page and Prometheus metrics, on this machine only) are settings in config.yaml. The exit status is 0
    when it is stopped, and 1 when it can't start: the configuration is wrong, or another daemon uses the
    same store.

    Ready files for systemd, cron, launchd, Docker and GitHub Actions are in contrib/; see
    docs/unattended.md.

    Examples:

    - `triage daemon`
    - `triage daemon --config ~/papers/config.yaml`
    """
    from triage.config.load import find_config
    from triage.daemon.serve import serve

    serve(find_config(config))

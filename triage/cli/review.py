"""``triage review``: some weeks in one page."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from triage.cli.options import ConfigOption, JsonOption, day_option, load
from triage.cli.output import print_json_lines
from triage.cli.progress import opened


def review(
    since: Annotated[date, day_option("--since", "The first listing day.")],
    until: Annotated[date | None, day_option("--until", "The last one; by default today.")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Writes a review of the digests since a day: what was picked, read and missed, your categories over time.

    It is a Markdown file beside the digests, with a picture, and is linked in their index. Missed are
    papers that were not picked and that you found relevant later, or that other people picked.

    Examples:

    - `triage review --since 2024-01-08`
    - `triage review --since 2024-01-01 --until 2024-01-31`
    """
    from triage.digest.review import write_review

    with opened(load(config)) as context:
        today = context.clock.now().astimezone(context.config.zone).date()
        file, outcome = write_review(context, since, until or today)
    if json:
        print_json_lines([{"file": file, "outcome": outcome}])
    else:
        print(f"{file}: {outcome.value}")

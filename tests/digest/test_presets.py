"""The front matter that each program reads."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
import yaml

from tests.digest.digest_samples import PICKS, content
from triage.config.schema import DigestConfig, Preset
from triage.digest.render import render


def front_matter(preset: str, **settings: Any) -> dict[str, Any]:
    chosen = DigestConfig(preset=preset, tags=("English",), categories="Insights", **settings)
    values = yaml.safe_load(render(content(picks=PICKS[:1], settings=chosen), "en").split("---\n")[1])
    assert isinstance(values, dict)
    return values


@pytest.mark.parametrize("preset", get_args(Preset))
def test_every_preset_has_the_counts_and_the_reader_s_own_keys(preset: str) -> None:
    values = front_matter(preset, extra={"mood": "good"})
    assert {"total", "interesting", "read", "date", "mood"} <= set(values)


def test_plain_has_the_picks_categories_as_tags_and_nothing_of_a_blog() -> None:
    values = front_matter("plain")
    assert values["tags"] == ["English", *PICKS[0].scored.categories]
    assert not {"abbrlink", "hidden", "categories", "layout"} & set(values)
    assert isinstance(values["date"], date)


def test_hexo_has_the_keys_of_the_reader_s_posts_in_their_order() -> None:
    assert list(front_matter("hexo")) == [
        *("title", "tags", "categories", "total", "interesting", "read", "cite", "publish"),
        *("hidden", "abbrlink", "date"),
    ]


def test_jekyll_names_its_layout_and_hugo_is_no_draft() -> None:
    assert front_matter("jekyll")["layout"] == "post"
    assert front_matter("hugo")["draft"] is False
    assert front_matter("hugo")["categories"] == ["Insights"]


def test_obsidian_tags_have_no_spaces() -> None:
    assert all(" " not in tag for tag in front_matter("obsidian")["tags"])


def test_quarto_reads_tags_as_categories() -> None:
    assert front_matter("quarto")["categories"] == ["English", *PICKS[0].scored.categories]

"""config.yaml and the environment become one typed value; what is wrong is named with its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from triage.config.deliveries import deliver_config, delivery_classes
from triage.config.load import TEMPLATE, find_config, load_config, parse_config
from triage.config.schema import Config
from triage.errors import ConfigError

ROOT = Path(__file__).parents[2]
GIVEN = "categories: [cs.CL]\n"


@pytest.fixture(autouse=True)
def _no_variables_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("TRIAGE_")]:
        monkeypatch.delenv(name)


def parsed(text: str) -> Config:
    return parse_config(text, Path("here/config.yaml"))


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    return str(caught.value)


def test_one_key_is_enough_and_the_rest_has_defaults() -> None:
    config = parsed(GIVEN)
    assert config.categories == ("cs.CL",)
    assert config.digest.budget == 3


def test_categories_may_be_one_line_of_text() -> None:
    assert parsed("categories: cs.CL, cs.AI hep-th").categories == ("cs.CL", "cs.AI", "hep-th")


@pytest.mark.parametrize(
    "empty", ["digest:", "digest:\n  tags:\n  extra:", "notes:\n  paths:", "author:\n  cite:"]
)
def test_a_key_with_nothing_after_it_has_its_default(empty: str) -> None:
    assert parsed(GIVEN + empty) == parsed(GIVEN)


def test_an_extra_front_matter_key_may_be_empty() -> None:
    assert parsed(GIVEN + "digest: {extra: {layout: }}").digest.extra == {"layout": None}


def test_a_date_stays_as_it_is_written() -> None:
    assert parsed(GIVEN + "digest: {extra: {since: 2024-02-30}}").digest.extra == {"since": "2024-02-30"}


def test_the_number_of_an_author_page_needs_no_quotes() -> None:
    assert parsed(GIVEN + "author: {semantic_scholar_id: 1741101}").author.semantic_scholar_id == "1741101"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("digest:\n  budgte: 3", "config.yaml:3: there is no key digest.budgte. Did you mean digest.budget?"),
        ("digets: {}", "config.yaml:2: there is no key digets. Did you mean digest?"),
        ("digest:\n  budget: many", "config.yaml:3: digest.budget: must be a whole number (found 'many')"),
        ("digest:\n  budget: 51", "config.yaml:3: digest.budget: must be at most 50 (found 51)"),
        ("digest:\n  budget: 0", "digest.budget: must be at least 1 (found 0)"),
        ("digest: {threshold: high}", "config.yaml:2: digest.threshold: must be a number (found 'high')"),
        ("digest: {language: fr}", "digest.language: must be 'en' or 'zh' (found 'fr')"),
        ("digest: {hidden: perhaps}", "digest.hidden: must be true or false (found 'perhaps')"),
        ("digest: {tags: English}", "digest.tags: must be a list, such as [one, two] (found 'English')"),
        ("digest: {category_thresholds: 4}", "must be keys with values, such as {RAG: 0.05} (found 4)"),
        ("digest: {category_thresholds: {RAG: 3}}", "digest.category_thresholds.RAG: must be at most 1.0"),
        ("digest: 3", "config.yaml:2: digest: must be a section, with indented keys under it (found 3)"),
        ("digest: {extra: {total: 3}}", "digest.extra: total: triage writes this key itself"),
        ("notes:\n  paths:\n    - a\n    - 3", "config.yaml:5: notes.paths.1: must be text"),
        ("arxiv: {holidays: [2027-13-01]}", "arxiv.holidays.0: must be a date such as 2027-01-01"),
        ("arxiv: {contact: nobody}", "'nobody' is not an e-mail address"),
        ("arxiv: {feed_url: 'ftp://x'}", "'ftp://x' is not an http or https address"),
        ("time_zone: Mars", "config.yaml:2: time_zone: must be a time zone name"),
        ("author: {semantic_scholar_id: jane}", "author.semantic_scholar_id: must be digits (found 'jane')"),
        ("author: {cite: -1}", "author.cite: must be at least 0 (found -1)"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_file_line_key_and_what_is_allowed(text: str, said: str) -> None:
    assert said in complaint(GIVEN + text)


def test_an_unknown_key_is_answered_with_all_that_is_allowed_there() -> None:
    said = complaint(GIVEN + "store:\n  path: x")
    assert "there is no key store.path" in said
    assert "Allowed here: folder, url." in said


def test_a_key_of_several_types_is_complained_of_once() -> None:
    said = complaint(GIVEN + "digest:\n  categories: 3")
    assert said == (
        "here/config.yaml:3: digest.categories: must be text (put it in quotes),"
        " or must be a list, such as [one, two] (found 3)."
    )


def test_all_that_is_wrong_is_named_at_once() -> None:
    said = complaint("categories: [CL]\ndigest:\n  budget: 0\n  language: fr\n")
    assert [line.split(":")[1] for line in said.splitlines()] == ["1", "3", "4"]


@pytest.mark.parametrize("wrong", ["CL", "cs.cl.x", "cs CL", "math.", "CS.CL"])
def test_what_is_no_arxiv_category_is_refused(wrong: str) -> None:
    assert "is not an arXiv category; one looks like cs.CL" in complaint(
        f"categories: ['{wrong}', cs.CL]"
    ) or (wrong == "cs CL")


def test_categories_are_needed() -> None:
    assert "the key categories is needed, for instance categories: [cs.CL]" in complaint("cross_lists: true")
    assert "categories: needs at least 1 entry" in complaint("categories: []")


def test_a_category_is_there_once() -> None:
    assert "cs.CL is there twice" in complaint("categories: [cs.CL, cs.CL]")


def test_a_category_with_two_names_is_one_under_arxivs_own() -> None:
    assert parsed("categories: [cs.SY, cs.CL, eess.SY, stat.TH]").categories == (
        "eess.SY",
        "cs.CL",
        "math.ST",
    )


def test_a_key_that_is_there_twice_is_refused_with_both_lines() -> None:
    said = complaint(GIVEN + "digest:\n  budget: 3\n  budget: 4")
    assert "config.yaml:4: the key digest.budget is there twice, first in line 3." in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "config.yaml:1: this is not YAML"),
        ("a: b\n\tc: d", "config.yaml:2: this is not YAML"),
        ("- cs.CL", "expected keys such as 'categories:', found list"),
        ("3: 4", "the key 3 is not a word"),
        ("a: !!python/object:os.system {}", "config.yaml:1: this is not YAML"),
        ("a: \0", "this is not YAML"),
    ],
)
def test_what_is_no_configuration_at_all_is_named_with_its_line(text: str, said: str) -> None:
    assert said in complaint(text)


def test_no_message_uses_the_words_of_the_library() -> None:
    everything = "\n".join(
        f"{section}:\n" + "\n".join(f"  {key}: {{x: [1]}}" for key in field.annotation.model_fields)
        for section, field in Config.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    )
    said = complaint("categories: {x: 1}\ncross_lists: [1]\ntime_zone: [1]\n" + everything)
    assert len(said.splitlines()) > 20
    for jargon in ("Input", "valid", "tuple", "Tuple", "dictionary", "Value error", "[type", "constrained"):
        assert jargon not in said


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_DIGEST__BUDGET", "7")
    monkeypatch.setenv("TRIAGE_CATEGORIES", "cs.AI, cs.LG")
    config = parsed(GIVEN + "digest: {budget: 2, language: zh}")
    assert (config.digest.budget, config.digest.language) == (7, "zh")
    assert config.categories == ("cs.AI", "cs.LG")


def test_a_section_of_the_environment_leaves_the_files_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_DIGEST", '{"language": "zh"}')
    config = parsed(GIVEN + "digest: {budget: 2}")
    assert (config.digest.budget, config.digest.language) == (2, "zh")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TRIAGE_DIGEST__BUDGET", "x", "variable TRIAGE_DIGEST__BUDGET: digest.budget: must be a whole number"),
        ("triage_digest__budget", "x", "variable TRIAGE_DIGEST__BUDGET: digest.budget: must be a whole number"),
        ("TRIAGE_DIGEST__BUDGTE", "3", "variable TRIAGE_DIGEST__BUDGTE: there is no key digest.budgte. Did you"),
        ("TRIAGE_DIGEST_BUDGET", "3", "variable TRIAGE_DIGEST_BUDGET: there is no key digest_budget. Did you mean digest.budget?"),
        ("TRIAGE_DIGEST", '{"budget": 99}', "variable TRIAGE_DIGEST: digest.budget: must be at most 50"),
        ("TRIAGE_NOTES__PATHS", "a b", "variable TRIAGE_NOTES__PATHS: notes.paths: must be a list, such as [one, two]"),
        ("TRIAGE_CATEGORIES", "cs.CL,CL", "variable TRIAGE_CATEGORIES: categories.1: 'CL' is not an arXiv category"),
    ],
)  # fmt: skip
def test_an_error_names_the_variable_that_it_comes_from(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert said in complaint("categories: [cs.CL, cs.AI]\ndigest: {budget: 3}")


def test_the_file_is_named_when_the_environment_set_only_a_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_DIGEST", '{"language": "zh"}')
    assert "config.yaml:2: digest.budget" in complaint(GIVEN + "digest: {budget: 99}")


def test_paths_start_at_the_configurations_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    file = tmp_path / "mine" / "config.yaml"
    file.parent.mkdir()
    file.write_text(GIVEN + "notes: {paths: [../notes, ~/vault, ~nobody-here/x]}\nstore: {folder: kept}")
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("mine/config.yaml"))
    assert config.note_paths == [
        tmp_path / "notes",
        tmp_path / "home" / "vault",
        tmp_path / "mine" / "~nobody-here" / "x",
    ]
    assert config.digest_folder == tmp_path / "mine" / "digests"
    assert config.store_folder == tmp_path / "mine" / "kept"
    assert config.store_url == tmp_path / "mine" / "kept" / "triage.db"


def test_an_sqlite_address_with_a_relative_file_starts_there_too(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GIVEN + "store: {url: 'sqlite:///data/t.db'}")
    assert load_config(file).store_url == f"sqlite:///{tmp_path}/data/t.db"


@pytest.mark.parametrize(
    "url", ["sqlite:////srv/t.db", "sqlite:///:memory:", "sqlite://", "postgresql://me@host/db"]
)
def test_other_addresses_stay_as_they_are(url: str) -> None:
    assert parsed(f"{GIVEN}store: {{url: '{url}'}}").store_url == url


def test_a_configuration_never_changes() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parsed(GIVEN).digest.budget = 4  # type: ignore[misc]


def test_the_configuration_here_is_found_before_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ConfigError, match=r"there is no configuration at config\.yaml or .*config\.yaml\.\n.*triage init"
    ):
        find_config(None)
    own = tmp_path / "xdg" / "triage" / "config.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(GIVEN)
    assert find_config(None) == own
    (tmp_path / "config.yaml").write_text(GIVEN)
    assert find_config(None) == Path("config.yaml")


def test_a_named_configuration_is_the_only_place_looked_at(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml"):
        load_config(tmp_path / "absent.yaml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"categories: [cs.CL]\n# \xff\xfe")
    with pytest.raises(ConfigError, match=r"config\.yaml can't be read"):
        load_config(file)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + GIVEN.encode())
    assert load_config(file).categories == ("cs.CL",)


def test_the_template_is_valid_and_has_the_defaults() -> None:
    config = parse_config(TEMPLATE.read_text(encoding="utf-8"), TEMPLATE)
    defaults = parsed(GIVEN).model_dump()
    defaults["digest"]["tags"] = ("English",)
    defaults["deliver"] = deliver_config({name: {} for name in delivery_classes()}).model_dump()
    assert config.model_dump() == defaults


def test_the_template_names_every_key_and_no_other() -> None:
    # The two keys that are better left out are there as comments.
    text = TEMPLATE.read_text(encoding="utf-8").replace("# cite:", "cite:").replace("# publish:", "publish:")
    named = yaml.safe_load(text)
    assert set(named) == set(Config.model_fields)
    for section, field in Config.model_fields.items():
        if (
            section != "deliver"
            and isinstance(field.annotation, type)
            and issubclass(field.annotation, BaseModel)
        ):
            assert set(named[section]) == set(field.annotation.model_fields), section
    assert set(named["deliver"]) == set(delivery_classes())
    for name, kind in delivery_classes().items():
        if "root" not in kind.config_model.model_fields:
            assert set(named["deliver"][name]) == set(kind.config_model.model_fields), name


def test_the_projects_own_configuration_is_the_template() -> None:
    own = ROOT / "config.yaml"
    if not own.is_file():
        pytest.skip("installed without the project's tree")
    assert own.read_text(encoding="utf-8") == TEMPLATE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("categories: " + "[" * 5000, "t.yaml:1: this is not YAML: too many parts in each other"),
        ("a: &a [x, x]\nb: &b [*a, *a]\ncategories: [*b, *b]", "t.yaml:2: this is not YAML: an alias"),
        ("base: &base {}\ndigest: {<<: *base}", "t.yaml:2: this is not YAML: an alias"),
    ],
)
def test_aliases_and_depth_are_refused_at_once(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Path("t.yaml"), environment=False)
    assert said in str(caught.value)


def test_only_a_file_of_a_configuration_s_size_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    with file.open("wb") as stream:
        stream.truncate(1_000_000_000)
    with pytest.raises(ConfigError, match="larger than 1 MB"):
        load_config(file)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(ConfigError, match="there is no configuration"):
        load_config(file)


@pytest.mark.parametrize("kind", ["keywords", "authors"])
@pytest.mark.parametrize("written", ["", "  ", "\u3000"])
def test_a_seed_without_a_word_is_named_with_its_line(kind: str, written: str) -> None:
    with pytest.raises(ConfigError, match=rf"config\.yaml:2: seeds\.{kind}\.1: must not be empty"):
        parsed(f"categories: [cs.CL]\nseeds: {{{kind}: [emus, '{written}']}}")


@pytest.mark.parametrize(
    "written",
    [
        "https://arxiv.org/abs/2401.08565v2",
        "http://export.arxiv.org/pdf/2401.08565.pdf",
        "arxiv.org/html/2401.08565/",
        "https://doi.org/10.48550/arXiv.2401.08565",
        "https://arxiv.org/abs/2401.08565?context=cs#S1",
        "arXiv:2401.08565",
    ],
)
def test_a_seed_may_be_a_link(written: str) -> None:
    assert parsed(f"categories: [cs.CL]\nseeds: {{ids: ['{written}']}}").seeds.ids == ("2401.08565",)

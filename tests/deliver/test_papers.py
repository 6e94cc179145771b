"""The picks for other programs, read back by those programs' own readers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import bibtexparser
import pytest
import rispy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deliver.world import START, World
from triage.deliver.deliver import deliver_due
from triage.deliver.digests import Digest
from triage.deliver.latex import tex, tex_title
from triage.deliver.papers import as_bibtex, as_json, as_ris, surname_first
from triage.digest.escape import clean
from triage.papers import ArxivId

ALL = {"papers": {"formats": ["json", "bibtex", "ris"], "folder": "papers"}}
HOSTILE = st.text(st.sampled_from([*"{}\\$%&#_^~@\"'=,\n ab"]) | st.characters(codec="utf-8"), max_size=40)


@pytest.fixture
def digest(world: World) -> Digest:
    return world.digest(world.write(titles=("Of 100% plain titles", "Second")))


def with_paper(digest: Digest, **changes: object) -> Digest:
    pick = digest.picks[0]
    return replace(digest, picks=(replace(pick, paper=replace(pick.paper, **changes)),))  # type: ignore[arg-type]


def test_the_files_are_written_once_and_stay(world: World) -> None:
    world.set_up(ALL)
    world.write()
    assert deliver_due(world.context) == ()
    assert deliver_due(world.context) == ()
    names = sorted(file.name for file in (world.folder / "papers").iterdir())
    assert names == [f"2026-03-02-insights.{suffix}" for suffix in ("bib", "json", "ris")]
    for kind in ("json", "bibtex", "ris"):
        delivery = world.delivery(f"papers:{kind}")
        assert delivery is not None
        assert (delivery.sent_at, delivery.tries) == (START, 1)


def test_without_a_folder_they_are_beside_the_digest(world: World) -> None:
    world.set_up({"papers": {"formats": ["ris"]}})
    file = world.write()
    deliver_due(world.context)
    assert file.with_suffix(".ris").is_file()


def test_json_has_the_picks_in_rank_order(digest: Digest) -> None:
    values = json.loads(as_json(digest))
    assert (values["day"], values["total"]) == ("2026-03-02", 4)
    first, second = values["papers"]
    assert (first["id"], first["title"], first["rank"]) == ("2603.00200", "Of 100% plain titles", 1)
    assert first["my_categories"] == ["RAG"]
    assert first["submitted"] == "2026-03-01T12:00:00Z"
    assert second["rank"] == 2


def test_bibtex_is_read_by_a_bibtex_reader(digest: Digest) -> None:
    library = bibtexparser.parse_string(as_bibtex(digest))
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == ["arxiv-2603.00200", "arxiv-2603.00201"]
    fields = {field.key: field.value for field in library.entries[0].fields}
    assert fields["title"] == "Of 100\\% plain titles"
    assert fields["author"] == "Lovelace, Ada M. and van der Berg, Jan and {The Tiny Collaboration}"
    assert (fields["year"], fields["eprint"], fields["primaryclass"]) == ("2026", "2603.00200", "cs.CL")


def test_ris_is_read_by_a_ris_reader(digest: Digest) -> None:
    first, second = rispy.loads(as_ris(digest))
    assert first["title"] == "Of 100% plain titles"
    assert first["authors"] == ["Lovelace, Ada M.", "van der Berg, Jan", "The Tiny Collaboration"]
    assert first["accession_number"] == "arXiv:2603.00200"
    assert second["title"] == "Second"


def test_an_old_id_makes_a_key_without_a_slash(digest: Digest) -> None:
    old = with_paper(digest, id=ArxivId("hep-th/9901001"))
    assert as_bibtex(old).startswith("@misc{arxiv-hep-th-9901001,")


def test_a_weak_day_gives_files_without_papers(world: World) -> None:
    weak = world.digest(world.write(titles=()))
    assert json.loads(as_json(weak))["papers"] == []
    assert as_bibtex(weak) == as_ris(weak) == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(title=HOSTILE, author=HOSTILE, abstract=HOSTILE, doi=HOSTILE)
def test_hostile_text_stays_one_entry_in_bibtex(
    digest: Digest, title: str, author: str, abstract: str, doi: str
) -> None:
    hostile = with_paper(digest, title=title, authors=(author, "Ada Lovelace"), abstract=abstract, doi=doi)
    library = bibtexparser.parse_string(as_bibtex(hostile))
    assert not library.failed_blocks
    assert len(library.blocks) == 1
    fields = {field.key: field.value for field in library.entries[0].fields}
    assert fields["eprint"] == "2603.00200"
    assert fields.get("title", "") == tex_title(title, abstract).strip()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(title=HOSTILE, author=HOSTILE, abstract=HOSTILE)
def test_hostile_text_stays_one_entry_in_ris(digest: Digest, title: str, author: str, abstract: str) -> None:
    hostile = with_paper(digest, title=title, authors=(author,), abstract=abstract)
    text = as_ris(hostile)
    assert text.count("TY  - ") >= 1
    lines = text.removesuffix("\r\n\r\n").split("\r\n")
    assert all(len(line.splitlines()) == 1 and line[2:6] == "  - " for line in lines)
    assert [line[:2] for line in lines].count("ER") == 1


@pytest.mark.parametrize(
    ("title", "written"),
    [
        (r"Bounds of $O(n^{1/2})$ & more", r"Bounds of $O(n^{1/2})$ \& more"),
        (r"Schr\"odinger and \'{E}tale", "Schrödinger and Étale"),
        (r"\textit{In vivo} 50\% off_line", r"In vivo 50\% off\_line"),
        (r"\input{/etc/passwd} x", "/etc/passwd x"),
        (r"$\write18{rm}$", r"\$\textbackslash{}write18{rm}\$"),
        (r"Costs $5 or {more", r"Costs \$5 or \textbraceleft{}more"),
        (r"C:\{x", r"C:\textbackslash{}\textbraceleft{}x"),
    ],
)
def test_latex_is_kept_where_it_is_harmless(title: str, written: str) -> None:
    assert tex(title) == written


@given(HOSTILE)
def test_latex_is_balanced_and_calls_only_known_commands(text: str) -> None:
    written = tex(text)
    assert written.count("{") == written.count("}")
    for command in ("\\input", "\\write", "\\def", "\\catcode", "\\csname"):
        assert command not in tex(text + command + "{x}")
        assert command not in tex(f"${text}{command}$")


@given(HOSTILE)
def test_a_name_keeps_its_words(name: str) -> None:
    def words(text: str) -> list[str]:
        return sorted(clean(text).replace(",", " ").split())

    assert words(surname_first(name)) == words(name)


def test_a_folder_in_the_way_is_reported(world: World, tmp_path: Path) -> None:
    world.set_up(ALL)
    world.write()
    (tmp_path / "papers").write_text("in the way")
    problems = deliver_due(world.context)
    assert len(problems) == 3
    assert "papers:ris" in problems[2]


def test_titles_keep_their_capitals_in_bibtex() -> None:
    title = r"Search for $H_2$ with the ATLAS detector and Andreev states by Schr\"odinger"
    assert (
        tex_title(title)
        == "Search for {$H_2$} with the {ATLAS} detector and {Andreev} states by {Schrödinger}"
    )
    assert (
        tex_title("Doping of Nd$T_4$B and GUI-C$^2$ in vitamin C")
        == "Doping of {Nd$T_4$B} and {GUI}-{C$^2$} in vitamin {C}"
    )
    assert (
        tex_title("Deep Learning of Gauss Maps", "We learn deep maps of Gauss.")
        == "Deep Learning of {Gauss} Maps"
    )


def test_names_are_people_suffixes_and_others(digest: Digest) -> None:
    authors = ("CDF Collaboration", "T. Aaltonen", "Harry Connick", "Jr.", "et al.")
    hostile = with_paper(digest, authors=authors)
    assert "{{CDF Collaboration} and Aaltonen, T. and Connick, Jr., Harry and others}" in as_bibtex(hostile)
    (entry,) = rispy.loads(as_ris(hostile))
    assert entry["authors"] == ["CDF Collaboration", "Aaltonen, T.", "Connick, Harry, Jr."]


def test_the_year_is_of_the_first_version(digest: Digest) -> None:
    old = with_paper(digest, id=ArxivId("hep-th/9912001"), submitted=None)
    assert "year = {1999}" in as_bibtex(old)
    assert "month = dec" in as_bibtex(old)


def test_json_has_the_comment(digest: Digest) -> None:
    (paper,) = json.loads(as_json(with_paper(digest, comment="Accepted in PRL; 12 pages")))["papers"]
    assert paper["comment"] == "Accepted in PRL; 12 pages"

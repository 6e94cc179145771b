"""Formats that people keep notes in besides Markdown: each gives the same two papers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.notes.helpers import papers, read

EMU = "Emu Nets for Counting Trees"
SHEEP = "Sheep Nets for Meadows"
BOTH = [("2101.00011", EMU), ("2101.00012", SHEEP)]
URL = "https://arxiv.org/abs/2101.0001"

RST = f"""Papers
======

{EMU}
   `arXiv <{URL}1>`_ . Counts trees.

- `{SHEEP} <https://arxiv.org/2101.00012>`_
"""
NAMED_RST = f"Papers\n======\n\n* `{EMU}`_\n* `{SHEEP}`_\n\n.. _{EMU}: {URL}1\n.. _{SHEEP}: {URL}2\n"
LATEX = rf"""\documentclass{{article}}
\begin{{document}}
\section{{Papers}} % to read
\begin{{itemize}}
\item \href{{{URL}1}}{{{EMU}}} counts trees.
\item \textbf{{{SHEEP}}}, \url{{{URL}2}}
\end{{itemize}}
\end{{document}}
"""
BBL = rf"""\begin{{thebibliography}}{{10}}
\bibitem{{emu}} A.~Emu and B.~Emu. \newblock {EMU}. \newblock arXiv:2101.00011, 2021.
\bibitem[Sheep(2021)]{{sheep}} C.~Sheep. \newblock {SHEEP}. \newblock \emph{{arXiv preprint arXiv:2101.00012}}.
\end{{thebibliography}}
"""
BOOKMARKS = f"""<!DOCTYPE NETSCAPE-Bookmark-file-1>
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
    <DT><H3>Papers</H3>
    <DL><p>
        <DT><A HREF="{URL}1" ADD_DATE="1611311111">[2101.00011] {EMU}</A>
        <DT><A HREF="{URL}2">{SHEEP}</A>
    </DL><p>
    <DT><H3>Kitchen</H3>
    <DL><p>
        <DT><A HREF="https://recipes.example/soup">Soup for a Hundred Shepherds</A>
    </DL><p>
</DL><p>
"""
NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "markdown", "source": ["# Papers\n", "\n", f"- [{EMU}]({URL}1)"]},
            {"cell_type": "code", "source": [f"url = '{URL}9'"], "outputs": []},
            {"cell_type": "markdown", "source": f"- [{SHEEP}]({URL}2)"},
        ],
    },
    indent=1,
)
CANVAS = json.dumps({"nodes": [{"id": "a", "type": "text", "text": f"[{EMU}]({URL}1)"}, {"id": "b", "type": "text", "text": f"**{SHEEP}**\n{URL}2"}], "edges": []})  # fmt: skip
ROAM = json.dumps([{"title": "Papers", "children": [{"string": f"[{EMU}]({URL}1)"}, {"string": SHEEP, "children": [{"string": f"Link:: {URL}2"}]}]}])  # fmt: skip
LOGSEQ = json.dumps({"version": 1, "blocks": [{"block/page-name": "papers", "block/children": [{"block/content": f"[{EMU}]({URL}1)"}, {"block/content": f"{SHEEP}\nlink:: {URL}2"}]}]})  # fmt: skip
OPML = f"""<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0"><body><outline text="Papers">
<outline text="{EMU}" url="{URL}1"/>
<outline text="{SHEEP}" _note="{URL}2"/>
</outline></body></opml>
"""
RDF = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:bib="http://purl.org/net/biblio#">
<bib:Article rdf:about="http://arxiv.org/abs/2101.00011"><z:itemType>preprint</z:itemType><dc:title>{EMU}</dc:title></bib:Article>
<bib:Article rdf:about="#item_2"><z:itemType>journalArticle</z:itemType><dc:title>{SHEEP}</dc:title>
 <dc:identifier><dcterms:URI><rdf:value>{URL}2</rdf:value></dcterms:URI></dc:identifier></bib:Article>
<z:Attachment rdf:about="#item_3"><z:itemType>attachment</z:itemType><dc:title>Full Text</dc:title></z:Attachment>
</rdf:RDF>
"""
ASCIIDOC = f"= Papers\n\n* {URL}1[{EMU}]\n* *{SHEEP}* link:{URL}2[pdf]\n"
TYPST = f'= Papers\n\n+ #link("{URL}1")[{EMU}]\n- *{SHEEP}* #link("{URL}2")\n'
ZOTERO_CSV = (
    '"Key","Item Type","Author","Title","Publication Title","DOI","Url","Date Added","Extra"\n'
    f'"A","journalArticle","Emu, Ada","{EMU}","arXiv","","","2021-02-02 10:00:00","arXiv: 2101.00011"\n'
    f'"B","preprint","Sheep, Bo","{SHEEP}","","10.48550/arXiv.2101.00012","","2021-02-03 10:00:00",""\n'
)
NOTION_CSV = f"Name,Authors,Tags,URL\n{EMU},A. Emu,trees,{URL}1\n{SHEEP},B. Sheep,,{URL}2\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reading.rst", RST),
        ("named.rst", NAMED_RST),
        ("notes.tex", LATEX),
        ("notes.bbl", BBL),
        ("bookmarks.html", BOOKMARKS),
        ("notes.ipynb", NOTEBOOK),
        ("board.canvas", CANVAS),
        ("roam.json", ROAM),
        ("logseq.json", LOGSEQ),
        ("outline.opml", OPML),
        ("library.rdf", RDF),
        ("notes.adoc", ASCIIDOC),
        ("notes.typ", TYPST),
        ("zotero.csv", ZOTERO_CSV),
        ("notion.csv", NOTION_CSV),
    ],
)
def test_a_format_gives_its_papers(name: str, text: str, tmp_path: Path) -> None:
    assert papers(read(text, tmp_path, name)) == BOTH


@pytest.mark.parametrize("name", ["x.ipynb", "x.canvas", "x.opml", "x.rdf"])
def test_a_file_that_is_broken_is_named(name: str, tmp_path: Path) -> None:
    (problem,) = read('{"cells": [', tmp_path, name).problems
    assert (problem.file, problem.line) == (name, 1)


@pytest.mark.parametrize("name", ["x.json", "x.yaml"])
def test_no_identifier_is_lost_in_data_that_cannot_be_parsed(name: str, tmp_path: Path) -> None:
    extraction = read(f"{{\n- [{EMU}]({URL}1)\n  bad: [unclosed\n", tmp_path, name)
    assert papers(extraction) == [("2101.00011", EMU)]
    assert extraction.problems[0].what.startswith("the file is no valid")


def test_entities_of_xml_that_stand_for_gigabytes_are_refused(tmp_path: Path) -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;"/></body></opml>'
    )
    (problem,) = read(bomb, tmp_path, "x.opml").problems
    assert "XML" in problem.what


def test_items_of_zoteros_api_name_their_archive(tmp_path: Path) -> None:
    item = {"itemType": "preprint", "title": EMU, "archiveID": "arXiv:2101.00011", "creators": []}
    assert papers(read(json.dumps({"items": [item]}), tmp_path, "items.json")) == [("2101.00011", EMU)]


def test_braces_around_the_word_arxiv_hide_no_identifier(tmp_path: Path) -> None:
    bib = f"@misc{{a, title={{{EMU}}}, number={{{{arXiv}}:2101.00011}}}}"
    assert papers(read(bib, tmp_path, "a.bib")) == [("2101.00011", EMU)]


def test_a_link_of_a_kind_that_only_the_readers_emacs_knows_is_its_text(tmp_path: Path) -> None:
    org = f"* INBOX {SHEEP} ([[papers:tidy.pdf][sheep22]])\n:PROPERTIES:\n:Custom_ID: sheep22\n:END:\n"
    assert papers(read(org, tmp_path, "x.org")) == [("", SHEEP)]

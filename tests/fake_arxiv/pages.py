"""The fake arXiv's answers, in the byte shapes of the real one."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from tests.fake_arxiv.world import Known
from triage.listing.calendar import EASTERN
from triage.listing.oai_page import oai_set
from triage.papers import ListedPaper, Paper

_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
_RSS_SPACES = (
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)
_ATOM_SPACES = (
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns="http://www.w3.org/2005/Atom"'
)
_API_SPACES = (
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom"'
)
_SCHEMA = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_LICENSE = "http://creativecommons.org/licenses/by/4.0/"


def rss(categories: Sequence[str], items: Iterable[ListedPaper], now: datetime) -> bytes:
    """Write the RSS feed of one or several categories."""
    midnight = format_datetime(_midnight(now))
    address = f"http://rss.arxiv.org/rss/{'+'.join(categories)}"
    name = ", ".join(categories)
    lines = [
        f'<rss {_RSS_SPACES} version="2.0">',
        "  <channel>",
        f"    <title>{escape(name)} updates on arXiv.org</title>",
        f"    <link>{address}</link>",
        f"    <description>{escape(name)} updates on the arXiv.org e-print archive.</description>",
        f'    <atom:link href="{address}" rel="self" type="application/rss+xml"/>',
        "    <docs>http://www.rssboard.org/rss-specification</docs>",
        "    <language>en-us</language>",
        f"    <lastBuildDate>{format_datetime(_midnight(now).astimezone(UTC))}</lastBuildDate>",
        "    <managingEditor>rss-help@arxiv.org</managingEditor>",
        f"    <pubDate>{midnight}</pubDate>",
        "    <skipDays>",
        "      <day>Sunday</day>",
        "      <day>Saturday</day>",
        "    </skipDays>",
    ]
    for item in items:
        paper = item.paper
        lines += [
            "    <item>",
            f"      <title>{escape(paper.title)}</title>",
            f"      <link>{paper.abs_url}</link>",
            f"      <description>{_announced_text(item)}</description>",
            f'      <guid isPermaLink="false">oai:arXiv.org:{paper.id}v{paper.version}</guid>',
            *(f"      <category>{escape(category)}</category>" for category in paper.categories),
            f"      <pubDate>{midnight}</pubDate>",
            f"      <arxiv:announce_type>{item.announce_type}</arxiv:announce_type>",
            f"      <dc:rights>{_LICENSE}</dc:rights>",
            *_if_any("      <arxiv:DOI>{}</arxiv:DOI>", paper.doi),
            *_if_any("      <arxiv:journal_reference>{}</arxiv:journal_reference>", paper.journal_ref),
            f"      <dc:creator>{escape(', '.join(paper.authors))}</dc:creator>",
            "    </item>",
        ]
    return _encoded([*lines, "  </channel>", "</rss>"])


def atom(categories: Sequence[str], items: Iterable[ListedPaper], now: datetime) -> bytes:
    """Write the Atom feed of one or several categories."""
    address = f"http://rss.arxiv.org/atom/{'+'.join(categories)}"
    name = escape(", ".join(categories))
    updated = now.astimezone(UTC).isoformat(timespec="microseconds")
    lines = [
        f'<feed {_ATOM_SPACES} xml:lang="en-us">',
        f"  <id>{address}</id>",
        f"  <title>{name} updates on arXiv.org</title>",
        f"  <updated>{updated}</updated>",
        f'  <link href="{address}" rel="self" type="application/atom+xml"/>',
        f"  <subtitle>{name} updates on the arXiv.org e-print archive.</subtitle>",
    ]
    for item in items:
        paper = item.paper
        lines += [
            "  <entry>",
            f"    <id>oai:arXiv.org:{paper.id}v{paper.version}</id>",
            f"    <title>{escape(paper.title)}</title>",
            f"    <updated>{updated}</updated>",
            f'    <link href="{paper.abs_url}" rel="alternate" type="text/html"/>',
            f"    <summary>{_announced_text(item)}</summary>",
            *(f"    <category term={quoteattr(category)}/>" for category in paper.categories),
            f"    <published>{_midnight(now).isoformat()}</published>",
            f"    <arxiv:announce_type>{item.announce_type}</arxiv:announce_type>",
            f"    <dc:rights>{_LICENSE}</dc:rights>",
            *_if_any("    <arxiv:DOI>{}</arxiv:DOI>", paper.doi),
            *_if_any("    <arxiv:journal_reference>{}</arxiv:journal_reference>", paper.journal_ref),
            f"    <dc:creator>{escape(', '.join(paper.authors))}</dc:creator>",
            "  </entry>",
        ]
    return _encoded([*lines, "</feed>"])


def creators_apart(body: bytes) -> bytes:
    """Write every author of a feed in an element of their own."""
    return re.sub(
        rb"<dc:creator>(.*?)</dc:creator>",
        lambda found: b"".join(b"<dc:creator>%s</dc:creator>" % one for one in found[1].split(b", ")),
        body,
    )


def api(
    params: Mapping[str, str], found: Sequence[Known], *, total: int, start: int, page: int, now: datetime
) -> bytes:
    """Write a page of the query API."""
    query = "&".join(f"{name}={params.get(name, '')}" for name in ("search_query", "id_list"))
    query += f"&start={start}&max_results={page}"
    digest = hashlib.sha256(query.encode()).hexdigest()[:27]
    lines = [
        f"<feed {_API_SPACES}>",
        f"  <id>https://arxiv.org/api/{digest}</id>",
        f"  <title>arXiv Query: {escape(query)}</title>",
        f"  <updated>{_seconds(now)}</updated>",
        f'  <link href={quoteattr("https://arxiv.org/api/query?" + query)} type="application/atom+xml"/>',
        f"  <opensearch:itemsPerPage>{page}</opensearch:itemsPerPage>",
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>",
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>",
    ]
    for known in found:
        lines += _api_entry(known)
    return _encoded([*lines, "</feed>"])


def api_error(message: str, now: datetime) -> bytes:
    """Write the API's answer to a question that it doesn't understand."""
    address = f"https://arxiv.org/api/errors#{message.replace(' ', '_')}"
    return _encoded(
        [
            f"<feed {_API_SPACES}>",
            "  <id>https://arxiv.org/</id>",
            "  <title>arXiv Search Results</title>",
            f"  <updated>{_seconds(now)}</updated>",
            "  <opensearch:itemsPerPage>1</opensearch:itemsPerPage>",
            "  <opensearch:totalResults>1</opensearch:totalResults>",
            "  <opensearch:startIndex>0</opensearch:startIndex>",
            "  <entry>",
            f"    <id>{escape(address)}</id>",
            "    <title>Error</title>",
            f"    <updated>{_seconds(now)}</updated>",
            f'    <link href={quoteattr(address)} rel="alternate" type="text/html"/>',
            f"    <summary>{escape(message)}</summary>",
            "    <author>",
            "      <name>arXiv api core</name>",
            "    </author>",
            "  </entry>",
            "</feed>",
        ]
    )


def oai_records(
    params: Mapping[str, str],
    records: Sequence[Known | tuple[str, date]],
    *,
    token: str = "",
    cursor: int | None = None,
    size: int | None = None,
    now: datetime,
    metadata_prefix: str,
) -> bytes:
    """Write a page of ListRecords (or GetRecord); a pair of id and day is a deleted record."""
    verb = params["verb"]
    body = [f"<{verb}>"]
    for record in records:
        body += _oai_record(record, metadata_prefix)
    if token or cursor:
        body.append(
            f'<resumptionToken cursor="{cursor}" completeListSize="{size}">{escape(token)}</resumptionToken>'
        )
    return _oai(params, [*body, f"</{verb}>"], now)


def oai_error(params: Mapping[str, str], code: str, message: str, now: datetime) -> bytes:
    """Write one of the protocol's errors, which come with status 200."""
    return _oai(params, [f'<error code="{code}">{escape(message)}</error>'], now)


def abstract_page(known: Known) -> bytes:
    """Write the page of an abstract, with the meta tags that tools read."""
    paper = known.paper
    metas = [
        ("citation_title", paper.title),
        *(("citation_author", _family_first(name)) for name in paper.authors),
        ("citation_date", f"{known.versions[0].submitted:%Y/%m/%d}"),
        ("citation_arxiv_id", paper.id),
        ("citation_abstract", paper.abstract),
    ]
    tags = "".join(f'<meta name="{name}" content="{html.escape(value)}" />\n' for name, value in metas)
    heading = html.escape(f"[{paper.id}] {paper.title}")
    return f"<!DOCTYPE html>\n<html>\n<head><title>{heading}</title>\n{tags}</head>\n</html>\n".encode()


FIGURE_SIZE = (320, 180)
"""Pixels, width and height."""


def paper_page(known: Known) -> bytes:
    """Write the HTML version of a paper, as LaTeXML does, with one figure."""
    width, height = FIGURE_SIZE
    paper = known.paper
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en">\n<head><title>{html.escape(paper.title)}</title>'
        f'<base href="/html/{paper.id}v{paper.version}/"></head>\n<body>\n'
        f'<article class="ltx_document">\n'
        f'<h1 class="ltx_title ltx_title_document">{html.escape(paper.title)}</h1>\n'
        '<figure class="ltx_figure" id="S1.F1"><img alt="Refer to caption" class="ltx_graphics ltx_centering" '
        f'height="{height}" id="S1.F1.g1" src="x1.png" width="{width}">\n'
        '<figcaption class="ltx_caption ltx_centering"><span class="ltx_tag ltx_tag_figure">Figure 1: </span>'
        "What the method does.</figcaption>\n</figure>\n</article>\n</body>\n</html>\n"
    ).encode()


def _api_entry(known: Known) -> list[str]:
    paper = known.paper
    versioned = f"{paper.id}v{paper.version}"
    lines = [
        "  <entry>",
        f"    <id>http://arxiv.org/abs/{versioned}</id>",
        f"    <title>{escape(paper.title)}</title>",
        f"    <updated>{_seconds(known.versions[-1].submitted)}</updated>",
        f'    <link href="https://arxiv.org/abs/{versioned}" rel="alternate" type="text/html"/>',
        f'    <link href="https://arxiv.org/pdf/{versioned}" rel="related" type="application/pdf" title="pdf"/>',
        f"    <summary>{escape(paper.abstract)}</summary>",
        *(
            f'    <category term={quoteattr(category)} scheme="http://arxiv.org/schemas/atom"/>'
            for category in paper.categories
        ),
        f"    <published>{_seconds(known.versions[0].submitted)}</published>",
        *_if_any("    <arxiv:comment>{}</arxiv:comment>", paper.comment),
        f"    <arxiv:primary_category term={quoteattr(paper.primary_category)}/>",
        *_if_any("    <arxiv:journal_ref>{}</arxiv:journal_ref>", paper.journal_ref),
    ]
    for author in paper.authors:
        lines += ["    <author>", f"      <name>{escape(author)}</name>", "    </author>"]
    lines += _if_any("    <arxiv:doi>{}</arxiv:doi>", paper.doi)
    return [*lines, "  </entry>"]


def _oai(params: Mapping[str, str], body: list[str], now: datetime) -> bytes:
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in params.items())
    lines = [
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" {_SCHEMA} xsi:schemaLocation="'
        'http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">',
        f"<responseDate>{_seconds(now)}</responseDate>",
        f"<request{attributes}>http://export.arxiv.org/oai2</request>",
        *body,
        "</OAI-PMH>",
    ]
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(lines) + "\n").encode()


def _oai_record(record: Known | tuple[str, date], metadata_prefix: str) -> list[str]:
    if isinstance(record, tuple):
        identifier, day = record
        return [
            "<record>",
            '<header status="deleted">',
            f" <identifier>oai:arXiv.org:{identifier}</identifier>",
            f" <datestamp>{day}</datestamp>",
            "</header>",
            "</record>",
        ]
    paper = record.paper
    content = _raw(record) if metadata_prefix == "arXivRaw" else _plain(record)
    space = f"http://arxiv.org/OAI/{metadata_prefix}"
    sets = dict.fromkeys(oai_set(category) for category in paper.categories)
    return [
        "<record>",
        "<header>",
        f" <identifier>oai:arXiv.org:{paper.id}</identifier>",
        f" <datestamp>{record.datestamp}</datestamp>",
        *(f" <setSpec>{name}</setSpec>" for name in sets),
        "</header>",
        "<metadata>",
        f' <{metadata_prefix} xmlns="{space}/" {_SCHEMA} xsi:schemaLocation="{space}/ {space}.xsd">',
        f" {content}</{metadata_prefix}>",
        "</metadata>",
        "</record>",
    ]


def _raw(known: Known) -> str:
    paper = known.paper
    versions = "".join(
        f'<version version="v{version.number}"><date>{_mail(version.submitted)}</date><size>12kb</size></version>'
        for version in known.versions
    )
    head = f"<id>{paper.id}</id><submitter>{escape(''.join(paper.authors[:1]))}</submitter>{versions}"
    return head + f"<title>{escape(paper.title)}</title><authors>{_joined(paper)}</authors>" + _tail(paper)


def _plain(known: Known) -> str:
    paper = known.paper
    updated = f"<updated>{known.versions[-1].submitted.date()}</updated>" if known.versions[1:] else ""
    authors = ""
    for name in paper.authors:
        forenames, _, family = name.rpartition(" ")
        authors += f"<author><keyname>{escape(family)}</keyname>"
        authors += f"<forenames>{escape(forenames)}</forenames>" if forenames else ""
        authors += "</author>"
    head = f"<id>{paper.id}</id><created>{known.versions[0].submitted.date()}</created>{updated}"
    return head + f"<authors>{authors}</authors><title>{escape(paper.title)}</title>" + _tail(paper)


def _tail(paper: Paper) -> str:
    return (
        f"<categories>{' '.join(paper.categories)}</categories>"
        + "".join(_if_any("<comments>{}</comments>", paper.comment))
        + "".join(_if_any("<journal-ref>{}</journal-ref>", paper.journal_ref))
        + "".join(_if_any("<doi>{}</doi>", paper.doi))
        + f"<license>{_LICENSE}</license><abstract>  {escape(paper.abstract)}\n</abstract>"
    )


def _joined(paper: Paper) -> str:
    names = list(paper.authors)
    return escape(", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names))


def _announced_text(item: ListedPaper) -> str:
    paper = item.paper
    head = f"arXiv:{paper.id}v{paper.version} Announce Type: {item.announce_type} \nAbstract: "
    return escape(head + paper.abstract)


def _family_first(name: str) -> str:
    forenames, _, family = name.rpartition(" ")
    return f"{family}, {forenames}" if forenames else family


def _if_any(template: str, text: str) -> list[str]:
    return [template.format(escape(text))] if text else []


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(EASTERN).date(), time(), EASTERN)


def _seconds(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _mail(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _encoded(lines: list[str]) -> bytes:
    return (_DECLARATION + "\n".join(lines) + "\n").encode()

"""Addresses of papers, and addresses that are none."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from triage.notes.identifiers import find_ids


class Address(IntEnum):
    """What stands behind an address."""

    NONE = 0
    """Nothing on the web: an anchor, a local page."""
    OTHER = 1
    """Code, a blog, a video, anything that is no paper."""
    MAYBE = 2
    """A PDF, or a page that could be a paper's."""
    PAPER = 3
    """A publisher's, archive's or conference's page of one paper."""
    ARXIV = 4
    """An arXiv identifier is in it, whole or broken."""


_PAPER_SITES = re.compile(
    r"""(?ix)https?://(?:[\w-]+\.)*(?:
      openreview\.net/(?:forum|pdf|attachment|references) | aclanthology\.(?:org|info)/ | aclweb\.org/anthology | anthology\.aclweb\.org/
    | doi\.org/10\. | dl\.acm\.org/(?:doi|citation|ft_gateway) | doi\.acm\.org/ | ieeexplore\.ieee\.org/ | computer\.org/csdl
    | proceedings\.mlr\.press/ | jmlr\.(?:org|csail\.mit\.edu)/(?:papers|proceedings|beta) | papers\.n(?:eur)?ips\.cc/ | proceedings\.neurips\.cc/
    | (?:neurips|nips|icml|iclr)\.cc/.*(?:poster|paper|\d{4,}) | openaccess\.thecvf\.com/ | ecva\.net/papers | cv-foundation\.org/openaccess
    | link\.springer\.com/(?:article|chapter|content|book|10\.) | sciencedirect\.com/science | nature\.com/(?:articles|nature) | science\.org/doi
    | sciencemag\.org/ | pnas\.org/(?:doi|content) | cell\.com/ | onlinelibrary\.wiley\.com/ | tandfonline\.com/doi | journals\.sagepub\.com/
    | academic\.oup\.com/ | cambridge\.org/core | journals?\.aps\.org/ | iopscience\.iop\.org/ | aip\.scitation\.org/ | pubs\.(?:acs|rsc|aip)\.org/
    | journals\.plos\.org/ | mdpi\.com/\d | frontiersin\.org/articles | hindawi\.com/journals | biorxiv\.org/content | medrxiv\.org/content
    | (?:pubmed\.)?ncbi\.nlm\.nih\.gov/ | pubmed\.ncbi | europepmc\.org/ | semanticscholar\.org/(?:paper|reader) | researchgate\.net/publication
    | ssrn\.com/ | hal\.(?:science|archives-ouvertes\.fr)/ | hal-[\w.]+/ | inria\.hal\.science/ | isca-speech\.org/ | isca-archive\.org/
    | ojs\.aaai\.org/ | aaai\.org/(?:ocs|papers|library|ojs) | ijcai\.org/(?:proceedings|papers) | usenix\.org/(?:conference|legacy|system/files)
    | roboticsproceedings\.org/ | vldb\.org/pvldb | cidrdb\.org/ | ndss-symposium\.org/ | eprint\.iacr\.org/\d | dspace\.mit\.edu/
    | projecteuclid\.org/ | jair\.org/ | transacl\.org/ | direct\.mit\.edu/ | mitpressjournals\.org/ | bmvc\d*\.\w+ | bmva\.org/bmvc
    | dblp\.(?:org|uni-trier\.de)/rec | (?:ui\.)?adsabs\.harvard\.edu/(?:abs|\#abs|link) | inspirehep\.net/(?:literature|record) | jstor\.org/stable
    | core\.ac\.uk/ | citeseerx?\.\w+ | drops\.dagstuhl\.de/ | epubs\.siam\.org/ | worldscientific\.com/doi | degruyter\.com/ | royalsocietypublishing\.org/doi
    | scholarpedia\.org/article | paperswithcode\.com/paper | cs\.toronto\.edu/.*\.pdf | (?:assets|cdn)\.\w+\.com/.*language.*\.pdf
    | scholar\.archive\.org/work | osf\.io/preprints | psyarxiv\.com/\w | preprints\.org/manuscript | techrxiv\.org/ | chemrxiv\.org/
    | research\.google/pubs | (?:ai\.)?(?:meta|facebook)\.com/research/publications | microsoft\.com/en-us/research/publication | lrec-conf\.org/.*pdf
    | transformer-circuits\.pub/20 | distill\.pub/20 | graphics\.stanford\.edu/papers | zenodo\.org/records?/ | arxiv\.org/(?!list|search|archive|a/|help|corr|catchup|new)
    | annualreviews\.org/doi | ams\.org/(?:journals|mathscinet) | numdam\.org/ | emis\.de/journals | zbmath\.org/ | mathscinet | liebertpub\.com | karger\.com
    | jstage\.jst\.go\.jp/article | ipsj\.ixsq\.nii\.ac\.jp | anlp\.jp/proceedings | kci\.go\.kr | dbpia\.co\.kr | cnki\.net
    )"""
)


_REPOSITORY_FILE = re.compile(
    r"(?i)https?://(?:github|gitlab|gitee)\.com/[^/]+/[^/]+/(?:-/)?(?:blob|tree|raw)/.*\.(md|pdf|org|ipynb|txt)(?:[#?].*)?$"
)


@lru_cache(maxsize=8192)
def address(url: str) -> Address:  # noqa: PLR0911 - a list of cases, the first that fits counts
    """Tell what stands behind an address, by its form alone.

    >>> address("https://openreview.net/forum?id=abc").name
    'PAPER'
    """
    if url.startswith("cite:"):
        return Address.PAPER
    if find_ids(url):
        return Address.ARXIV
    if match := _REPOSITORY_FILE.match(url):
        # A page of notes that lives in a repository is a local page under another name.
        return Address.MAYBE if match[1].lower() == "pdf" else Address.NONE
    if re.match(r"(?i)doi:\s*10\.\d{4}", url):
        return Address.PAPER
    if not re.match(r"\w*https?://|www\.|//", url):
        return Address.MAYBE if re.search(r"\.pdf(?:[#?].*)?$", url, re.I) else Address.NONE
    full = url if "://" in url else f"https://{url.lstrip('/')}"
    full = re.sub(r"^\w*?(https?://)", r"\1", full)
    if _PAPER_SITES.match(full):
        return Address.PAPER
    if re.search(r"\.pdf(?:[#?].*)?$", full, re.I):
        return Address.MAYBE
    return Address.OTHER

"""Identifiers in every dress, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.notes.identifiers import find_ids, first_id

FOUND = """
2305.14314                                                        2305.14314
2305.14314v2                                                      2305.14314
arXiv:2305.14314                                                  2305.14314
arxiv:2305.14314v3                                                2305.14314
ARXIV:2305.14314                                                  2305.14314
arXiv: 2305.14314                                                 2305.14314
arXiv：2305.14314                                                 2305.14314
arXiv 2305.14314                                                  2305.14314
arXiv preprint arXiv:2305.14314                                   2305.14314
arXiv preprint 2305.14314, 2023                                   2305.14314
arXiv e-prints, arXiv:2305.14314                                  2305.14314
arXiv:2305.14314 [cs.LG]                                          2305.14314
arXiv [cs.CL] 2305.14314                                          2305.14314
arXiv id: 2305.14314                                              2305.14314
arXiv ID 2305.14314                                               2305.14314
arXiv no. 2305.14314                                              2305.14314
arXiv:0704.0001                                                   0704.0001
arXiv:1412.6980                                                   1412.6980
arXiv:1501.00001                                                  1501.00001
[2305.14314] QLoRA                                                2305.14314
(2305.14314)                                                      2305.14314
see 2305.14314, which                                             2305.14314
2305.14314.                                                       2305.14314
2305.14314.pdf                                                    2305.14314
papers/2305.14314.pdf                                             2305.14314
papers/2305.14314v1.pdf                                           2305.14314
notes/2305.14314.md                                               2305.14314
https://arxiv.org/abs/2305.14314                                  2305.14314
http://arxiv.org/abs/2305.14314                                   2305.14314
https://www.arxiv.org/abs/2305.14314                              2305.14314
arxiv.org/abs/2305.14314                                          2305.14314
www.arxiv.org/abs/2305.14314                                      2305.14314
//arxiv.org/abs/2305.14314                                        2305.14314
hhttps://arxiv.org/abs/2305.14314                                 2305.14314
HTTPS://ARXIV.ORG/ABS/2305.14314                                  2305.14314
https://arxiv.org/abs/2305.14314v1                                2305.14314
https://arxiv.org/abs/2305.14314/                                 2305.14314
https://arxiv.org/abs/2305.14314.                                 2305.14314
https://arxiv.org/abs/2305.14314,                                 2305.14314
https://arxiv.org/abs/2305.14314)                                 2305.14314
https://arxiv.org/abs/2305.14314）                                2305.14314
https://arxiv.org/abs/2305.14314，很好                            2305.14314
https://arxiv.org/abs/2305.14314?context=cs                       2305.14314
https://arxiv.org/abs/2305.14314#S3                               2305.14314
https://arxiv.org/abs/arXiv:2305.14314                            2305.14314
https://arxiv.org/pdf/2305.14314                                  2305.14314
https://arxiv.org/pdf/2305.14314.pdf                              2305.14314
https://arxiv.org/pdf/2305.14314v2.pdf                            2305.14314
https://arxiv.org/pdf/2305.14314.pdf#page=3                       2305.14314
https://arxiv.org/pdf/2305.14314v1.pdf?download=1                 2305.14314
https://arxiv.org/html/2305.14314v1                               2305.14314
https://arxiv.org/html/2305.14314#S1.F2                           2305.14314
https://arxiv.org/ps/2305.14314                                   2305.14314
https://arxiv.org/format/2305.14314                               2305.14314
https://arxiv.org/e-print/2305.14314                              2305.14314
https://arxiv.org/src/2305.14314                                  2305.14314
https://arxiv.org/ftp/arxiv/papers/2310/2310.11266.pdf            2310.11266
https://arxiv.org/ftp/hep-th/papers/9901/9901001.pdf              hep-th/9901001
https://arxiv.org/ftp/cs/papers/0102/0102003.pdf                  cs/0102003
https://export.arxiv.org/abs/2305.14314                           2305.14314
http://export.arxiv.org/pdf/2305.14314v1                          2305.14314
https://browse.arxiv.org/html/2305.14314v1                        2305.14314
https://static.arxiv.org/pdf/2305.14314.pdf                       2305.14314
http://de.arxiv.org/abs/2305.14314                                2305.14314
http://cn.arxiv.org/pdf/2305.14314                                2305.14314
http://lanl.arxiv.org/abs/hep-ph/0001001                          hep-ph/0001001
http://xxx.lanl.gov/abs/hep-th/9901001                            hep-th/9901001
http://xxx.itp.ac.cn/abs/2305.14314                               2305.14314
https://web.archive.org/web/2020/https://arxiv.org/abs/2305.14314 2305.14314
https://r.jina.ai/https://arxiv.org/pdf/2305.14314                2305.14314
https://doi.org/10.48550/arXiv.2305.14314                         2305.14314
https://doi.org/10.48550/ARXIV.2305.14314                         2305.14314
10.48550/arXiv.2305.14314                                         2305.14314
doi:10.48550/arXiv.hep-th/9901001                                 hep-th/9901001
https://www.alphaxiv.org/abs/2305.14314                           2305.14314
https://alphaxiv.org/overview/2305.14314v2                        2305.14314
https://huggingface.co/papers/2305.14314                          2305.14314
https://hf.co/papers/2305.14314                                   2305.14314
https://ar5iv.org/abs/2305.14314                                  2305.14314
https://ar5iv.labs.arxiv.org/html/2305.14314                      2305.14314
https://www.arxiv-vanity.com/papers/2305.14314/                   2305.14314
https://scirate.com/arxiv/2305.14314                              2305.14314
https://papers.cool/arxiv/2305.14314                              2305.14314
https://www.emergentmind.com/papers/2305.14314                    2305.14314
https://www.semanticscholar.org/arxiv/2305.14314                  2305.14314
https://api.semanticscholar.org/graph/v1/paper/ARXIV:2305.14314   2305.14314
https://api.semanticscholar.org/arXiv:2305.14314                  2305.14314
https://arxiv-sanity-lite.com/?rank=pid&pid=2305.14314            2305.14314
https://link.zhihu.com/?target=https%3A//arxiv.org/abs/2305.14314 2305.14314
https://www.google.com/url?url=https%3A%2F%2Farxiv.org%2Fabs%2F2305.14314&usg=A 2305.14314
https://ui.adsabs.harvard.edu/abs/2024arXiv241008062P             2410.08062
2024arXiv241008062P                                               2410.08062
2009arXiv0901.2345X                                               -
1999arXiv9901001                                                  -
journals/corr/abs-2303-08774                                      2303.08774
DBLP:journals/corr/abs-1810-04805                                 1810.04805
https://dblp.org/rec/journals/corr/abs-1810-04805                 1810.04805
PredictionarXiv:2305.06474.                                       2305.06474
hep-th/9901001                                                    hep-th/9901001
hep-th/9901001v2                                                  hep-th/9901001
arXiv:hep-th/9901001                                              hep-th/9901001
https://arxiv.org/abs/hep-th/9901001                              hep-th/9901001
https://arxiv.org/pdf/hep-th/9901001.pdf                          hep-th/9901001
https://arxiv.org/pdf/hep-th/9901001v1.pdf                        hep-th/9901001
math.GT/0309136                                                   math/0309136
math/0309136                                                      math/0309136
arXiv:math.GT/0309136                                             math/0309136
arXiv:math.gt/0309136                                             math/0309136
https://arxiv.org/abs/math.GT/0309136                             math/0309136
https://arxiv.org/abs/math/0309136v2                              math/0309136
cond-mat/0001001                                                  cond-mat/0001001
https://arxiv.org/abs/cond-mat/0001001                            cond-mat/0001001
quant-ph/9508027                                                  quant-ph/9508027
astro-ph/0601001                                                  astro-ph/0601001
cs/0701001                                                        cs/0701001
cs.AI/0701001                                                     cs/0701001
cmp-lg/9404001                                                    cmp-lg/9404001
q-bio/0309033                                                     q-bio/0309033
"""

NOT_FOUND = """
10.1145/3543507.3583434
https://dl.acm.org/doi/abs/10.1145/3543507.3583434
https://doi.org/10.1145/3543507.3583434
10.18653/v1/2023.emnlp-main.923
https://aclanthology.org/2023.findings-acl.61.pdf
10.1103/PhysRevD.1912.01234
doi:10.1109/CVPR.2016.90
2023-05-12
2023.05.12
12.05.2023
pages 1234-5678
pp. 1735.1780
1.21
3.14159265
1302.4389123
0.1203
2399.12345
2313.12345
2300.12345
9912.12345
1412.69801
1501.0001
2210.03629_Page_02.png
1735.1780a
v2305.14314x
192.168.1234.5678
1234.5678.9012
price 1999.99999
https://arxiv.org/list/cs.CL/recent
https://arxiv.org/help/api
https://arxiv.org/search/?query=attention
https://arxiv.org/abs/
arxiv 2023
arXiv.org
https://info.arxiv.org/about
cs.CL/1
foo/9901001
hep-th/99010
tel:2305143145
"""

BROKEN = """
https://arxiv.org/pdf/2305.1636      2305.1636
https://arxiv.org/abs/1706.069       1706.069
https://arxiv.org/abs/2313.12345     2313.12345
https://arxiv.org/abs/2305.143141    2305.143141
https://arxiv.org/abs/hep-th/990100  hep-th/990100
arXiv:2305.1636                      2305.1636
arXiv:2305.143                       2305.143
https://huggingface.co/papers/2305.1636 2305.1636
10.48550/arXiv.2305.1636             2305.1636
"""


def rows(table: str) -> list[list[str]]:
    return [line.rsplit(maxsplit=1) for line in table.strip().split("\n")]


def test_the_table_is_long_enough() -> None:
    assert len(rows(FOUND)) + len(NOT_FOUND.strip().split("\n")) + len(rows(BROKEN)) >= 120


@pytest.mark.parametrize(("text", "arxiv_id"), rows(FOUND))
def test_an_identifier_is_found_in_every_dress(text: str, arxiv_id: str) -> None:
    assert (first_id(text) or "-") == arxiv_id


@pytest.mark.parametrize("text", NOT_FOUND.strip().split("\n"))
def test_what_only_looks_like_an_identifier_is_none(text: str) -> None:
    assert first_id(text) is None


@pytest.mark.parametrize(("text", "broken"), rows(BROKEN))
def test_a_truncated_identifier_is_reported_as_broken(text: str, broken: str) -> None:
    (found,) = find_ids(text)
    assert (found.id, found.broken) == (None, broken)


def test_several_identifiers_come_in_order_of_place() -> None:
    text = "first arXiv:1706.03762, then https://arxiv.org/abs/1810.04805v2 and hep-th/9901001"
    assert [found.id for found in find_ids(text)] == ["1706.03762", "1810.04805", "hep-th/9901001"]


def test_a_bare_number_is_told_from_a_dressed_one() -> None:
    assert [found.dressed for found in find_ids("2305.14314 and arXiv:2305.14315")] == [False, True]


@given(st.text(max_size=200))
def test_no_text_crashes_the_scan_and_places_are_inside(text: str) -> None:
    for found in find_ids(text):
        assert 0 <= found.start < found.end <= len(text)
        assert bool(found.id) != bool(found.broken)


@given(st.integers(7, 30), st.integers(1, 12), st.integers(1, 99999), st.integers(1, 20))
def test_every_identifier_of_the_new_scheme_survives_its_address(
    year: int, month: int, number: int, version: int
) -> None:
    digits = 5 if year >= 15 else 4
    bare = f"{year:02}{month:02}.{number % 10**digits:0{digits}}"
    if f"{year:02}{month:02}" >= "0704":
        assert first_id(f"[x](https://arxiv.org/pdf/{bare}v{version}.pdf)") == bare

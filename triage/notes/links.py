"""The links of a line: addresses, identifiers, and texts that only say what is behind a link."""

from __future__ import annotations

import re

from triage.notes.identifiers import find_ids

_ONLY_URL = re.compile(r"[\s*_<(\[]*h{0,2}ttps?://[^\s*]+[\s*_>)\]]*", re.I)


_GENERIC_LINK = re.compile(
    r"""(?ix)^[\W_]*(?:
      links?\s+(?:to|for)(?:\s+(?:the|this|a))? |
      (?:\[?\d{1,4}\]?|\d{4}\.\d{4,5}(?:v\d+)?|https?://\S+|arxiv[\s:.]*[\w./-]*(?:\s*\[[\w.-]+\])?|doi(?:[\s:].*)?|10\.\d{4,}/\S+)
    | (?:the\s+|full\s+|original\s+|(?:read|view|see|open|get|access|visit)\s+(?:the\s+|this\s+|on\s+)?|links?\s+(?:to\s+|for\s+)?(?:the\s+|this\s+)?(?:original\s+|full\s+)?|official\s+|my\s+)?(?:arxiv|paper|papers|pdf|abs|abstract|html|link|links|url|here|code|github|git|repo|repository|project|project\s+page|website|web|homepage|page|home|
         blog|post|blog\s+post|video|youtube|talk|slides?|poster|demo|data|dataset|model|models|weights|checkpoints?|hugging\s*face|hf|supp|supplementary|supplement|appendix|bib|bibtex|openreview|acl|doi|ieee|acm|springer|
         semantic\s+scholar|scholar|s2|ss|twitter|tweet|thread|colab|notebook|review|reviews|summary|notes?|my\s+notes?|annotated|pytorch|tensorflow|tf|jax|keras|torch|python|matlab|c\+\+|author|official|unofficial|implementation|
         download|read|source|preprint|publication|article|camera[- ]ready|proceedings|thecvf|cvf|neurips|nips|icml|iclr|cvpr|iccv|eccv|aclanthology|anthology|pmlr|nature|science|elsevier|media|news|benchmark|leaderboard|tutorial|
         论文|原文|链接|代码|地址|笔记|解读|博客|视频|项目|主页|源码|下载|讲解|中文|论文链接|论文地址|代码链接|项目主页|数据集|知乎|文章|リンク|論文|コード|原論文|링크|논문|코드|lien|article\s+pdf)
       (?:\s*(?:link|links|page|version|paper|pdf|url|code|here|repo|site|链接|地址|代码|リンク|링크|주소))?
    )[\W_]*$"""
)


def is_generic_link(text: str) -> bool:
    """Whether a link's text says only what kind of thing is behind it (``pdf``, ``arXiv:2305.1``)."""
    bare = text.strip()
    if not bare or _GENERIC_LINK.match(bare) or _ONLY_URL.fullmatch(bare):
        return True
    ids = find_ids(bare) if len(bare) < 60 else []
    # Only an identifier, with nothing but marks around it, is no title either.
    return bool(ids) and not re.search(r"\w{2}", bare[: ids[0].start] + bare[ids[-1].end :])

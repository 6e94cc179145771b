"""What a heading says that is no paper's title: sections of a note, sections that hold no papers."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from triage.notes.labels import Says, kind_of_label


class Holds(StrEnum):
    """What stands under a heading, by its words alone."""

    PAPERS = "papers"
    ELSEWHERE = "elsewhere"
    """References and related work: papers of other notes."""
    RESOURCES = "resources"
    """Code, tools, blogs, courses: no papers unless they prove themselves."""
    PART = "part"
    """A part of one paper's note: introduction, method, results."""
    UNKNOWN = "unknown"


_NUMBER = re.compile(
    r"^(?:[\W_]|\d{1,3}(?:[.、)）]\d*)+|\d{1,2}(?=\s)|[一二三四五六七八九十]+[、.．)）]|第[一二三四五六七八九十\d]+[章节部分]|[IVX]+[.)]\s)+"
)
_PAPERS = re.compile(
    r"(?i)\b(?:papers?|publications?|literature|reading\s*(?:list|group|log)|articles?|surveys|preprints?|bibliography|awesome)\b|^surveys?$"
    r"|论文|文献|文章|綜述|综述|论文阅读|论文列表|論文|논문|lectures?\b.*\bpapiers|bibliographie|publis"
)
_ELSEWHERE = re.compile(
    r"(?i)^(?:references?|what i(?:['’]m| am) (?:going to read|reading) next|up next|next week|on my (?:list|radar)|bibliography of this|related\s*(?:works?|papers?|reading|articles?|links?|notes?|posts?)?|further\s*reading|see\s*also|read\s*next|to\s*read\s*next|next\s*(?:to\s*read|reads?)|"
    r"citations?|cited(?:\s*by|\s*works?|\s*papers?)?|follow[- ]?ups?(?:\s*(?:papers?|works?|reading))?|additional\s*(?:reading|resources|references)|more\s*reading|recommended\s*reading|"
    r"similar\s*(?:papers?|works?)|prior\s*work|previous\s*work|backlinks|linked\s*references|footnotes|acknowledge?ments?|sources?|credits?|"
    r"参考|参考文献|参考资料|参考链接|参考论文|相关论文|相关工作|相关文献|相关阅读|延伸阅读|扩展阅读|拓展阅读|推荐阅读|后续阅读|引用|参考阅读|致谢|reference|参考リンク|関連論文|関連研究|関連|次に読むべき論文.*|次に読む.*|"
    r"참고\s*문헌|참고\s*자료|참고|관련\s*논문|관련\s*연구|레퍼런스|références?|pour aller plus loin|à lire ensuite|à lire aussi|voir aussi|travaux connexes|referencias|literatur|weiterführende.*)\W*$"
)
_RESOURCES = re.compile(
    r"(?i)\b(?:repositor(?:y|ies)|repos?|tools?|toolkits?|toolbox(?:es)?|librar(?:y|ies)|frameworks?\s*&?\s*(?:librar.*|tools?)?|software|blogs?|blog\s*posts?|courses?|lectures?|talks?|videos?|"
    r"tutorials?|books?|newsletters?|podcasts?|websites?|websites|demos?|products?|companies|people|researchers|communit(?:y|ies)|other\s*(?:awesome|lists?|resources?)|awesome\s*lists?|resources?|"
    r"leaderboards?|implementations?|code(?:bases?)?|open[- ]?source(?:\s*(?:projects?|code|models?))?|projects?|links?|contributing|contributors?|license|star history|citation|acknowledg\w+|slides|apps?|plugins?|services?|apis?|jobs?|events?|conferences?|workshops?)\b"
    r"|工具|博客|教程|课程|视频|代码|开源项目|项目|书籍|网站|资源|链接|框架|社区|仓库|ツール|ブログ|コード|도구|블로그|코드|강의|outils|logiciels|billets"
)
_PART = re.compile(
    r"(?i)^(?:introduction|intro|abstract|summary|overview|tl;?dr|background|preliminar(?:y|ies)|motivation|problem(?:\s*statement|\s*setup|\s*setting)?|methods?|methodology|approach|our approach|architecture|model(?:\s*architecture)?|"
    r"algorithms?|experiments?(?:al)?(?:\s*(?:results?|setup|settings?))?|results?(?:\s*(?:and|&)\s*(?:discussion|analysis))?|evaluation|analysis|ablations?(?:\s*(?:study|studies))?|discussions?|conclusions?|limitations?|future\s*works?|contributions?|(?:key|main)\s*\w+|"
    r"notes?|my\s*notes?|thoughts?|my\s*thoughts?|comments?|questions?|strengths?|weaknesses?|pros(?:\s*(?:and|&)\s*cons)?|cons|implementation(?:\s*details)?|training(?:\s*details)?|datasets?|metrics?|baselines?|findings?|takeaways?|insights?|"
    r"appendix|appendices|table\s*of\s*contents|contents|toc|index|about|metadata|info|information|details|description|usage|installation|changelog|news|updates?|todo|to[- ]?do|misc(?:ellaneous)?|others?|general|basics|"
    r"(?:基本|论文|文献|文章)信息|書誌情報.*|論文情報.*|論文リンク|논문\s*정보|서지\s*정보|bibliographic (?:info\w*|data)|paper info\w*|informations?|摘要|引言|简介|概述|背景|动机|方法|模型|算法|实验|结果|结论|讨论|总结|小结|贡献|创新点|思考|感想|笔记|目录|前言|正文|附录|問題|手法|結果|結論|まとめ|概要|背景|実験|考察|感想|목차|서론|초록|방법|실험|결과|결론|요약|résumé|méthode|résultats|conclusion|introduction)\W*$"
)
_PAPER_PART = re.compile(
    r"(?i)^(?:abstract|tl;?dr|methods?|methodology|approach|model architecture|architecture|experiments?.*|results?.*|related works?|conclusions?.*|contributions?|limitations?|ablation.*|motivation|"
    r"(?:key|main) (?:idea|contribution|result|insight|point|takeaway|finding)s?|strengths?|weaknesses?|problem(?: statement)?|introduction|"
    r"摘要|引言|动机|方法|模型|实验.*|结果|结论|贡献|创新点|相关工作|研究背景|どんなもの.*|先行研究.*|技術や手法.*|手法|実験.*|結果|結論|新規性|議論.*|초록|서론|방법.*|실험.*|결과|결론|관련 연구|résumé|méthode|résultats|contributions?)\W*$"
)
_NUMERAL = r"[一二三四五六七八九十\d]{1,4}"
_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|f[ée]vrier|mar(?:ch|s|zo)?|märz|apr(?:il)?|avril|abril|may|mai|mayo|june?|juin|juni|junio|"
    r"july?|juillet|juli|julio|aug(?:ust)?|août|agosto|sept?(?:ember|embre)?|septiembre|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|iembre)?|"
    r"de[cz](?:ember)?|d[ée]cembre|diciembre|enero|febrero)"
)
_DATE = re.compile(
    rf"^\W*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day\b.{{0,25}}|day\s*\d{{1,2}}|\d{{4}}\W?\d{{0,2}}\W?\d{{0,2}}|\d{{1,2}}[-/.]\d{{1,2}}|week\s*\d+.*|{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s*(?:\d{{4}})?|{_MONTH}\s+\d{{4}}|第?\d+[周期月日].{{0,6}}|\d{{4}}年(?:\s*\d{{1,2}}月)?(?:\s*\d{{1,2}}[日号])?.{{0,2}})\W*$",
    re.I,
)


_PERIOD = re.compile(
    rf"(?ix)^\W*(?:(?:\d{{4}}\s*年?)?\s*{_NUMERAL}\s*月份?(?:\s*(?:第?{_NUMERAL}[周週]|[上中下]旬))?|第?\s*{_NUMERAL}\s*[周週期次回弹篇辑天日号](?:目)?|"
    rf"(?:week|vol(?:ume)?|part|issue|no|episode|day|ep|woche|semaine|semana|teil)\.?\s*[\#]?\d*|(?:de\s+|im\s+|del?\s+|of\s+)?{_MONTH}\.?(?:\s+(?:de\s+)?\d{{4}})?|"
    rf"(?:本|上|这|一)?[周週]|本?月|\d{{1,4}}\s*(?:주차|월|회차)|[ivx]{{1,5}}|[a-z]?\d{{1,4}})\W*$"
)


_ISSUE = re.compile(
    rf"(?i)\bof the (?:week|month|day|year)\b|\b(?:weekly|monthly|daily)\b.{{0,30}}\d|\b(?:this|last) week\b|^\W*(?:issue|episode|ep|vol|season)[\s.#-]*\d|"
    rf"\b{_MONTH}\.?\s+\d{{1,2}}\s*[-–—]\s*(?:{_MONTH}\.?\s+)?\d{{1,2}}\b"
)
"""A heading or link that leads to a week's papers, not to one."""


def is_period(text: str) -> bool:
    """Whether a title, without its words for notes, is only a week, a month, an issue, a number.

    >>> is_period("五月第二周"), is_period("Week 3"), is_period("de mai"), is_period("GPT-4")
    (True, True, True, False)
    """
    return is_date(text) or bool(_PERIOD.match(text) or _ISSUE.search(text))


def stripped(text: str) -> str:
    """A heading's words without numbering, emoji and marks around them."""
    return _NUMBER.sub("", text.strip()).strip(" \t:：-–—*_#")


@lru_cache(maxsize=4096)
def holds(text: str) -> Holds:  # noqa: PLR0911 - a list of cases, the first that fits counts
    """Tell by a heading's words what stands under it.

    >>> holds("5. References").name, holds("📚 Papers").name, holds("Method").name
    ('ELSEWHERE', 'PAPERS', 'PART')
    """
    bare = stripped(text)
    if not bare:
        return Holds.PART
    if _ELSEWHERE.match(bare):
        return Holds.ELSEWHERE
    if _PART.match(bare):
        return Holds.PART
    if len(bare) <= 60 and _PAPERS.search(bare):
        return Holds.PAPERS
    if len(bare) <= 50 and _RESOURCES.search(bare):
        return Holds.RESOURCES
    says = kind_of_label(bare)
    if says is Says.ELSEWHERE:
        return Holds.ELSEWHERE
    return Holds.PART if says is not None else Holds.UNKNOWN


def is_paper_part(text: str) -> bool:
    """Whether a heading is one that notes on a single paper have (abstract, method, results)."""
    return bool(_PAPER_PART.match(stripped(text)))


def is_date(text: str) -> bool:
    """Whether a heading is only a day, a week, a month."""
    return bool(_DATE.match(text))

"""Labelled lines of notes (``论文名称：…``, ``Paper: …``, ``title:: …``) in the languages notes are in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from triage.notes.inline import Piece


class Says(StrEnum):
    """What a labelled line says about a paper."""

    TITLE = "title"
    PAPER = "paper"
    """Title or address, as the value tells."""
    LINK = "link"
    AUTHORS = "authors"
    VENUE = "venue"
    DATE = "date"
    TAGS = "tags"
    CODE = "code"
    DETAIL = "detail"
    """A detail that shows that the lines are about one paper: a summary, a method, a remark."""
    ELSEWHERE = "elsewhere"
    """Other papers: related work, what to read next."""


_WORDS: dict[Says, str] = {
    Says.TITLE: """
        title | paper title | paper name | article title | full title | name of paper | title of (?:the )?paper | original title | english title
        | 论文名称 | 论文标题 | 论文题目 | 论文名 | 题目 | 标题 | 文章标题 | 文章题目 | 文章名称 | 文章名 | 原文标题 | 英文标题 | 英文题目 | 英文名 | 篇名 | 文献标题 | 文献名 | paper标题 | paper名称
        | 論文名 | 論文タイトル | タイトル | 題名 | 題目 | 論文題目 | 原題 | 표제 | 제목 | 논문 ?제목 | 논문명 | 논문 ?이름
        | titre | titre de l['’]article | titre original | título | titolo | titel | título del artículo | название | название статьи | заголовок
    """,
    Says.PAPER: """
        paper | papers? | article | 论文 | 文章 | 原文 | 原论文 | 文献 | paper论文 | 論文 | 原著論文 | 元論文 | 논문 | 원문 | papier | artículo | articolo | статья | artikel | publication | pub | reference paper | manuscript
    """,
    Says.LINK: """
        (?:paper|article|pdf|arxiv|abs|abstract|original|full[ -]?text|source|doi|direct)?\\s*(?:link|url|address|address link)s? | pdf | arxiv | arxiv id | arxiv_id | arxivid | eprint | doi | abs | html | url | link | source | preprint | openreview
        | 论文地址 | 论文链接 | 论文网址 | 论文连接 | 论文url | 论文link | 论文pdf | 论文下载 | 论文下载地址 | 论文原文 | 文章链接 | 文章地址 | 原文链接 | 原文地址 | 链接 | 地址 | paper链接 | paper地址 | paper link | arxiv链接 | arxiv地址 | arxiv编号 | pdf链接 | pdf地址 | 下载地址 | 来源 | 出处链接 | 论文id | 论文编号
        | 論文リンク | 論文url | リンク | 論文pdf | 出典 | 링크 | 논문 ?링크 | 논문 ?주소 | 주소 | lien | lien (?:vers )?(?:l['’])?(?:article|arxiv|pdf) | enlace | ссылка | collegamento | roam_refs | refs?
    """,
    Says.AUTHORS: """
        authors? | author\\(s\\) | by | first author | affiliations? | institutions? | institutes? | organi[sz]ations? | team | lab | 作者 | 论文作者 | 一作 | 第一作者 | 机构 | 单位 | 作者单位 | 作者机构 | 论文机构 | 团队 | 公司 | 学校
        | 著者 | 所属 | 저자 | 소속 | auteurs? | autores? | autori? | autoren | авторы? | institution
    """,
    Says.VENUE: """
        venue | conference | journal | published(?: in| at)? | publication venue | publisher | booktitle | 会议 | 期刊 | 发表 | 发表于 | 会议/期刊 | 期刊/会议 | 会议期刊 | 发表会议 | 发表期刊 | 出处 | 收录 | 刊物 | 学会 | 会議 | 発表 | 학회 | 저널 | 발표 | conférence | revue | journal/conference | booktitle
    """,
    Says.DATE: """
        date | year | published date | publication date | publish date | released? | submitted | submitted on | date read | read on | read date | 时间 | 日期 | 年份 | 发表时间 | 发表日期 | 发布时间 | 提交时间 | 阅读时间 | 阅读日期 | 日付 | 年 | 公開日 | 날짜 | 연도 | 발행일 | année | fecha | año | jahr
    """,
    Says.TAGS: """
        tags? | keywords? | topics? | category | categories | field | area | subjects? | type | 标签 | 关键词 | 关键字 | 类别 | 分类 | 领域 | 相关领域 | 方向 | 研究方向 | 主题 | タグ | キーワード | カテゴリ | 분야 | 태그 | 키워드 | mots[- ]clés | étiquettes | task | tasks
    """,
    Says.CODE: """
        oral | spotlight | talks? | panels? | course | book | tutorial | lecture | podcast | tool | news | interview | thread | code | github | repo | repository | official code | code link | github link | implementation | project | project page | homepage | website | demo | dataset | data | datasets | model | models | weights | slides | video | poster | blog | huggingface | media | tweet | twitter | press | colab
        | 代码 | 源码 | 开源代码 | 代码地址 | 代码链接 | 代码实现 | 开源地址 | 项目 | 项目地址 | 项目主页 | 主页 | (?:论文 ?)?github ?(?:地址|链接|代码)? | 数据集 | 示例 | 论文示例 | 博客 | 视频 | コード | 実装 | プロジェクト | 코드 | 깃허브 | 프로젝트
    """,
    Says.DETAIL: """
        summary | tl;?dr | tldr | abstract | overview | notes? | my notes | comments? | my comments? | takeaways? | key takeaways? | key ideas? | main ideas? | idea | ideas | contributions? | main contributions? | motivation | problem | problem statement | methods? | methodology | approach | results? | experiments? | findings? | conclusions? | limitations? | strengths? | weaknesses? | pros | cons | thoughts | my thoughts | questions? | rating | score | status | priority | citations? | cites? | bibtex | cite ?key | insights? | highlights? | background | novelty | review | description | what | why | how | discussion | future work | read | relevance | architecture | training | evaluation | baselines? | metrics? | loss | input | output
        | 摘要 | 概要 | 简介 | 概述 | 总结 | 小结 | 论文总结 | 笔记 | 备注 | 评论 | 思考 | 想法 | 启发 | 动机 | 论文动机 | 背景 | 研究背景 | 论文背景 | 问题 | 研究问题 | 解决问题 | 解决的问题 | 贡献 | 主要贡献 | 创新点 | 创新 | 方法 | 论文方法 | 论文思路 | 论文框架 | 思路 | 模型 | 模型结构 | 实验 | 实验结果 | 论文实验结果 | 结果 | 结论 | 论文结论 | 优点 | 缺点 | 不足 | 局限 | 局限性 | 亮点 | 核心 | 核心思想 | 要点 | 关键点 | 一句话总结 | 一句话 | 推荐 | 评分 | 阅读状态 | 训练方式 | 实验效果 | 分析 | 介绍 | 内容 | 主要内容 | 任务
        | 概要 | まとめ | 要約 | 手法 | 結果 | 背景 | 課題 | 貢献 | 新規性 | 感想 | どんなもの[？?]? | 先行研究と.* | 技術や手法.* | どうやって.* | 議論はある.* | 一言で.* | 요약 | 초록 | 방법 | 결과 | 동기 | 기여 | 한 ?줄 ?요약 | 리뷰 | 정리 | 배경 | résumé | méthode | résultats? | contributions? | remarques? | commentaires?
    """,
    Says.ELSEWHERE: """
        related | related papers? | related works? | related reading | see also | further reading | read next | next | next to read | to read next | follow[- ]ups? | follow[- ]up papers? | references? | refs to read | cited by | builds on | similar(?: papers?)? | prior work | previous work | compare(?: with| to)? | baselines? papers? | more | background reading | prerequisites?
        | 相关论文 | 相关工作 | 相关文献 | 参考 | 参考文献 | 参考资料 | 参考链接 | 参考论文 | 延伸阅读 | 扩展阅读 | 推荐阅读 | 后续阅读 | 下一步阅读 | 接下来读 | 待读 | 前置论文 | 对比论文 | 后续工作
        | 関連論文 | 関連研究 | 参考文献 | 次に読むべき論文.* | 次に読む.* | 관련 ?논문 | 관련 ?연구 | 참고 ?문헌 | 참고 | 다음에 읽을.* | à lire(?: ensuite)? | voir aussi | lectures? | travaux connexes | références?
    """,
}
_COMPILED = {
    says: re.compile("(?:" + "|".join(" ".join(words.split()).split(" | ")) + ")", re.I)
    for says, words in _WORDS.items()
}
_ORDER = (
    Says.ELSEWHERE,
    Says.TITLE,
    Says.PAPER,
    Says.LINK,
    Says.AUTHORS,
    Says.VENUE,
    Says.DATE,
    Says.TAGS,
    Says.CODE,
    Says.DETAIL,
)
_SHAPE = re.compile(
    r"^[\W_]*?(?P<label>[^\W\d_][^:：=\n]{0,40}?)\s*(?P<mark>::|[:：]|\s[-–—]\s|\s=\s|\s*\|\s)\s*", re.U
)
_BRACKETED = re.compile(r"^\W*[【\[](?P<label>[^】\]\n]{1,20})[】\]]\s*[:：]?\s*")
_LABEL_DRESS = " \t*_`~【】[]（）()「」<>📄📝🔗💻🏛🗓👥📅📖📌🔥⭐️"


_PRESENTED = re.compile(r"(?i)poster|oral|spotlight|best paper|highlight")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line with a known label."""

    says: Says
    label: str
    pieces: tuple[Piece, ...]
    """The line without its label."""

    @property
    def value(self) -> str:
        """The value's text."""
        return "".join(one.text for one in self.pieces if not one.image).strip()


@lru_cache(maxsize=4096)
def kind_of_label(label: str) -> Says | None:
    """What a label means, or None when it is none that we know."""
    label = " ".join(label.strip(_LABEL_DRESS).split())
    label = label.lstrip("0123456789.、) ").strip(_LABEL_DRESS)
    if not label or len(label) > 40:
        return None
    for says in _ORDER:
        if _COMPILED[says].fullmatch(label):
            return says
    return None


def labelled(pieces: tuple[Piece, ...]) -> Labelled | None:
    """Read a line as ``label: value``, or None when it does not begin with a known label."""
    text = "".join(one.text for one in pieces if not one.image)
    match = _SHAPE.match(text)
    says = kind_of_label(match["label"]) if match else None
    if says is None:
        match = _BRACKETED.match(text)
        says = kind_of_label(match["label"]) if match else None
        if match and "[" in match[0] and ":" not in match[0] and "：" not in match[0]:
            # "[Overview] Deep Learning for ..." is a tag before a title, not a label.
            says = says if says in (Says.TITLE, Says.PAPER, Says.LINK) else None
    if match and says is Says.CODE and _PRESENTED.fullmatch(match["label"].strip(_LABEL_DRESS)):
        # "Poster: Title" at a conference is the paper; "Poster: link" among its details is not.
        says = Says.PAPER if len(text[match.end() :].split()) >= 4 else says
    if match is None or says is None or _is_linked(pieces, match.start("label"), match.end("label")):
        return None
    if match.groupdict().get("mark", "").strip() in ("-", "–", "—", "=", "|") and says in (
        Says.DETAIL,
        Says.DATE,
        Says.TAGS,
    ):
        return None
    return Labelled(says, match["label"].strip(_LABEL_DRESS), cut(pieces, match.end()))


def _is_linked(pieces: tuple[Piece, ...], start: int, end: int) -> bool:
    """Whether a label is a link itself: ``[arXiv](…) | [code](…)`` is a row of links, not a label."""
    place = 0
    for one in pieces:
        if one.image:
            continue
        if one.url and not one.wiki and place < end and start < place + len(one.text):
            return True
        place += len(one.text)
    return False


def cut(pieces: tuple[Piece, ...], start: int) -> tuple[Piece, ...]:
    """The pieces of a line from a place of its text on."""
    kept: list[Piece] = []
    place = 0
    for one in pieces:
        if one.image:
            if place >= start:
                kept.append(one)
            continue
        low = max(start - place, 0)
        if low < len(one.text):
            kept.append(replace(one, text=one.text[low:]))
        place += len(one.text)
    return tuple(kept)

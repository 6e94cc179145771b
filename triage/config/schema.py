"""The configuration as one validated, typed value.  What each key means is in ``template.yaml``."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    Field,
    PlainValidator,
    PrivateAttr,
    SecretStr,
    SerializeAsAny,
    field_validator,
)
from pydantic.fields import FieldInfo

from triage.config.deliveries import deliver_config, deliver_model
from triage.config.values import (
    Category,
    Email,
    KnownId,
    Named,
    Part,
    Probability,
    Secret,
    Url,
    UrlOrNone,
)
from triage.papers import canonical_category

Section = TypeVar("Section", bound=BaseModel)
LANGUAGES = tuple(
    sorted(path.stem for path in (Path(__file__).parents[1] / "digest" / "languages").glob("*.toml"))
)
"""The codes of the languages that digests can be written in: one catalogue of texts each."""

if TYPE_CHECKING:
    DigestLanguage = str
else:
    DigestLanguage = Literal[LANGUAGES]


class ZoteroConfig(Part):
    """A Zotero library, read besides the note files when triage is online."""

    library_id: Annotated[str, Field(pattern=r"^[0-9]*$", coerce_numbers_to_str=True)] = ""
    library_type: Literal["user", "group"] = "user"
    api_key: Secret = SecretStr("")
    endpoint: str = ""


class NotesConfig(Part):
    """Where the reader's own paper notes are."""

    paths: tuple[str, ...] = ("notes",)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keywords: bool = False
    zotero: ZoteroConfig = ZoteroConfig()


Preset = Literal["hexo", "plain", "jekyll", "hugo", "obsidian", "quarto", "mkdocs"]
"""The program that the front matter of digests is written for."""


class DigestConfig(Part):
    """What a digest holds and how it is written."""

    folder: str = "digests"
    language: DigestLanguage = "en"
    budget: Annotated[int, Field(ge=1, le=50)] = 3
    threshold: Probability = 0.05
    category_thresholds: dict[str, Probability] = Field(default_factory=dict)
    figures: bool = True
    percentages: bool = False
    ask: Annotated[int, Field(ge=0, le=3)] = 0
    catch_up: Literal["one", "each"] = "one"
    preset: Preset = "hexo"
    tags: tuple[str, ...] = ()
    categories: str | tuple[str, ...] = "Arxiv-Insights"
    hidden: bool = True
    extra: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict)

    @field_validator("extra")
    @classmethod
    def _own_keys_only(cls, extra: dict[str, Any]) -> dict[str, Any]:
        taken = sorted(set(extra) & FRONT_MATTER_KEYS)
        if taken:
            raise ValueError(f"{', '.join(taken)}: triage writes this key itself")
        return extra


class LlmConfig(Part):
    """A language model that writes summaries; none without a model's name."""

    model: str = ""
    base_url: UrlOrNone = ""
    api_key: Secret = SecretStr("")
    prompt: str = ""
    calls: Annotated[int, Field(ge=0)] = 40
    tokens: Annotated[int, Field(ge=0)] = 100_000
    seconds: Annotated[float, Field(gt=0, le=600)] = 60.0


_COUNTS = {"total", "interesting", "read", "cite", "publish"}
FRONT_MATTER_KEYS = _COUNTS | {"title", "date", "abbrlink", "tags", "categories", "hidden"}


class AuthorConfig(Part):
    """The reader as an author: counts in a digest's front matter."""

    read: Annotated[int, Field(ge=0)] = 0
    cite: Annotated[int, Field(ge=0)] | None = None
    publish: Annotated[int, Field(ge=0)] | None = None
    semantic_scholar_id: Annotated[str, Field(pattern=r"^[0-9]*$", coerce_numbers_to_str=True)] = ""
    semantic_scholar_url: Url = "https://api.semanticscholar.org"


class StoreConfig(Part):
    """Where triage keeps its own files."""

    folder: str = ".triage"
    url: str = ""


class ArxivConfig(Part):
    """Requests to arXiv."""

    contact: Email = ""
    feed_url: Url = "https://rss.arxiv.org/rss"
    api_url: Url = "https://export.arxiv.org/api/query"
    oai_url: Url = "https://oaipmh.arxiv.org/oai"
    site_url: Url = "https://arxiv.org"
    holidays: tuple[date, ...] = ()
    first_run_days: Annotated[int, Field(ge=0, le=31)] = 0
    background: Annotated[int, Field(ge=0, le=30_000)] = 3000


class SeedsConfig(Part):
    """What to begin with when there are few notes."""

    ids: tuple[KnownId, ...] = ()
    keywords: tuple[Named, ...] = ()
    authors: tuple[Named, ...] = ()


class SignalsConfig(Part):
    """What other people picked: a second opinion, with a weight that is learned."""

    community: bool = False
    community_url: Url = "https://huggingface.co/api/daily_papers"
    picks: tuple[Named, ...] = ()


class DaemonConfig(Part):
    """How ``triage daemon`` reports."""

    health_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    log_format: Literal["text", "json"] = "text"


class WebConfig(Part):
    """The reader's own pages, ``triage web``."""

    url: UrlOrNone = ""
    """Where they are, as the reader's browser sees them; links in mail and pages lead there."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8642
    password: Secret = SecretStr("")
    """An argon2 hash; empty on this machine only, or behind a proxy that knows who is there."""
    user_header: str = ""
    """The header in which such a proxy names the user; believed of ``proxies`` alone."""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    token: Secret = SecretStr("")
    """For programs, at ``/api/v1``; empty: no API."""

    @property
    def is_local(self) -> bool:
        """Whether only this machine can ask."""
        return self.host in ("127.0.0.1", "::1", "localhost")


class Config(Part):
    """Everything that can be set."""

    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    cross_lists: bool = False
    time_zone: ZoneInfo = ZoneInfo("UTC")
    notes: NotesConfig = NotesConfig()
    digest: DigestConfig = DigestConfig()
    llm: LlmConfig = LlmConfig()
    seeds: SeedsConfig = SeedsConfig()
    signals: SignalsConfig = SignalsConfig()
    author: AuthorConfig = AuthorConfig()
    store: StoreConfig = StoreConfig()
    arxiv: ArxivConfig = ArxivConfig()
    deliver: Annotated[SerializeAsAny[Part], PlainValidator(deliver_config)] = Part()
    daemon: DaemonConfig = DaemonConfig()
    web: WebConfig = WebConfig()

    _folder: Path = PrivateAttr(default_factory=Path.cwd)
    _clock_folder: Path | None = PrivateAttr(default=None)

    @field_validator("categories", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value

    @field_validator("categories")
    @classmethod
    def _once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"{', '.join(doubled)} is there twice")
        return tuple(dict.fromkeys(map(canonical_category, names)))

    def delivery(self, name: str, model: type[Section]) -> Section | None:
        """Return the section of a delivery, as its own model has checked it; None where nothing is set."""
        section = getattr(self.deliver, name, None)
        return section if isinstance(section, model) else None

    def placed_in(self, folder: Path, *, clock_folder: Path | None = None) -> Config:
        """Return the same configuration with relative paths that start in ``folder``.

        ``clock_folder`` is for a dry run on a copy of the store, which shares the request clock of the
        original.
        """
        placed = self.model_copy()
        placed._folder = folder
        placed._clock_folder = clock_folder
        return placed

    @property
    def folder(self) -> Path:
        return self._folder

    def path(self, value: str) -> Path:
        """Return a configured path as an absolute one; ``~`` is the home folder."""
        # os.path.expanduser keeps the ~ of an unknown user, where Path's raises an error.
        return Path(os.path.normpath(self._folder / os.path.expanduser(value)))  # noqa: PTH111

    @property
    def note_paths(self) -> list[Path]:
        return [self.path(value) for value in self.notes.paths]

    @property
    def digest_folder(self) -> Path:
        return self.path(self.digest.folder)

    @property
    def store_folder(self) -> Path:
        return self.path(self.store.folder)

    @property
    def clock_folder(self) -> Path:
        """Where the request clock is, which all processes of this store share."""
        return self._clock_folder or self.store_folder

    @property
    def store_url(self) -> str | Path:
        """The database's SQLAlchemy address, or the path of SQLite's file in the store's folder.

        A path, not an address made of it: folders may have ``?`` and ``%`` in their names.
        """
        driver, separator, file = self.store.url.partition(":///")
        if driver.startswith("sqlite") and separator and file and not file.startswith((":", "file:")):
            return f"{driver}{separator}{self.path(file)}"
        return self.store.url or self.store_folder / "triage.db"

    @property
    def zone(self) -> ZoneInfo:
        """The reader's time zone."""
        return self.time_zone


def section_of(field: FieldInfo | None) -> type[BaseModel] | None:
    """Return the model of a key that is a section of keys; None of any other."""
    if field is None:
        return None
    if field is Config.model_fields["deliver"]:
        return deliver_model()
    models = (one for one in (field.annotation, *get_args(field.annotation)) if isinstance(one, type))
    return next(
        (one for one in models if issubclass(one, BaseModel) and "root" not in one.model_fields), None
    )

"""Types of values in the configuration: checked text, addresses, names, secrets."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from triage.papers import InvalidArxivId, parse_arxiv_id

_LINK_START = re.compile(
    r"^(https?://)?([\w-]+\.)*(arxiv\.org/[\w-]+/|doi\.org/10\.48550/arxiv\.)", re.IGNORECASE
)
_LINK_END = re.compile(r"(\.pdf)?/?([?#].*)?$")


class Part(BaseModel):
    """A part of the configuration: unknown keys are errors, and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_has_default(cls, values: Any) -> Any:
        # A key has no value when everything under it is commented out.
        if not isinstance(values, dict):
            return values
        return {key: one for key, one in values.items() if one is not None or key not in cls.model_fields}


def _like(pattern: str, what: str) -> AfterValidator:
    """Check that all of a text is like a pattern; else an error says what it is not."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(what.format(repr(value)))
        return value

    return AfterValidator(check)


def _check_arxiv_id(value: str) -> str:
    try:
        return parse_arxiv_id(_LINK_END.sub("", _LINK_START.sub("", value.strip())))[0]
    except InvalidArxivId as error:
        raise ValueError(
            f"{value!r} is no arXiv id or link to one; an id looks like '2401.08565' or hep-th/9901001"
        ) from error


def _as_secret(value: Any) -> Any:
    # YAML reads a password of digits as a number, and a message about its type would show it.
    return value if isinstance(value, SecretStr) else SecretStr("" if value is None else str(value))


def _as_named(value: Any) -> Any:
    # Addresses without names hold secrets too, so the message must be about the missing name.
    return value if isinstance(value, dict | None) else {"?": value}


Category = Annotated[
    str,
    _like(
        r"[a-z]+(-[a-z]+)*(\.([A-Za-z]{2}|[a-z]+(-[a-z]+)*))?",
        "{} is not an arXiv category; one looks like cs.CL, math.AG or hep-th",
    ),
]
_NOT_WEB = "{} is not an http or https address"
Url = Annotated[
    str, _like(r"https?://[^\s/]+(/\S*)?", _NOT_WEB), AfterValidator(lambda value: value.rstrip("/"))
]
UrlOrNone = Annotated[
    str, _like(r"(https?://[^\s/]+(/\S*)?)?", _NOT_WEB), AfterValidator(lambda value: value.rstrip("/"))
]
"""An address, or empty."""
Email = Annotated[str, _like(r"([^@\s]+@[^@\s]+)?", "{} is not an e-mail address, such as you@example.org")]
"""An e-mail address, or empty."""
Secret = Annotated[SecretStr, BeforeValidator(_as_secret)]
Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
KnownId = Annotated[str, AfterValidator(_check_arxiv_id)]
_NAMELESS = "give each address a name of letters and digits, such as {{phone: the address}}"
Addresses = Annotated[dict[Annotated[str, _like(r"[\w.-]+", _NAMELESS)], Secret], BeforeValidator(_as_named)]
"""Addresses that hold secrets, each with the reader's name for it."""

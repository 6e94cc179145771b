"""The front matter of a digest, for the program that shows it."""

from __future__ import annotations

from triage.digest.content import DigestContent, abbrlink, digest_title


def front_matter_values(content: DigestContent) -> dict[str, object]:
    """Return the keys and values that ``digest.preset`` asks for, in their order.

    ``hexo`` is the full set, with the link number of Hexo's abbrlink plug-in; the others have what their
    program reads, and the counts.  Tags of the others are the configured ones and the picks' categories.
    """
    settings, title = content.settings, digest_title(content.day)
    written = content.written_at.replace(microsecond=0)
    counts: dict[str, object] = {
        "total": content.total,
        "interesting": len(content.picks),
        "read": content.read,
    }
    author: dict[str, object] = {"cite": content.cite, "publish": content.publish}
    if settings.preset == "hexo":
        return {
            "title": title,
            "tags": settings.tags,
            "categories": _on_one_line(settings.categories),
            **counts,
            **author,
            "hidden": settings.hidden,
            "abbrlink": abbrlink(title),
            "date": written.replace(tzinfo=None),
        }
    counts |= {name: value for name, value in author.items() if value is not None}
    named = [name for pick in content.picks for name in pick.scored.categories]
    tags = list(dict.fromkeys([*settings.tags, *named]))
    match settings.preset:
        case "jekyll":
            blog = {"categories": _on_one_line(settings.categories), "tags": tags}
            return {"layout": "post", "title": title, "date": written.isoformat(" "), **blog, **counts}
        case "hugo":
            blog = {"categories": _as_list(settings.categories), "tags": tags}
            return {"title": title, "date": written.isoformat(), "draft": False, **blog, **counts}
        case "obsidian":
            # Obsidian's tags have no spaces; a tag of its own panel ends at one.
            return {"date": content.day, "tags": [tag.replace(" ", "-") for tag in tags], **counts}
        case "quarto":
            return {"title": title, "date": content.day, "categories": tags, **counts}
        case _:
            return {"title": title, "date": content.day, "tags": tags, **counts}


def _as_list(names: str | tuple[str, ...]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _on_one_line(names: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """One category is on the key's line, as in the reader's own posts."""
    return names[0] if not isinstance(names, str) and len(names) == 1 else names

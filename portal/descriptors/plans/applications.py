"""What a component means: an application, with what annotations tell of it."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from portal.descriptors.plans.resolving import Resolver
from portal.descriptors.plans.slugs import slug_of
from portal.descriptors.plans.sources import SOURCE_LOCATION, repository_of
from portal.descriptors.plans.state import ANNOTATION, Known, Value, in_order
from portal.descriptors.reading.entities import Entity, Report
from portal.descriptors.reading.findings import did_you_mean, short
from portal.descriptors.reading.formats import is_link

OURS = "quarterdeck.io/"
TIER, RUNBOOK = f"{OURS}tier", f"{OURS}runbook"
DATA_CLASSES, ENVIRONMENTS = f"{OURS}data-classes", f"{OURS}environments"
REPOSITORIES = f"{OURS}repositories"
# The type of a component that is no service is kept as this annotation.
TYPE = f"{OURS}type"

LONGEST_URL, LONGEST_TITLE, LONGEST_ANNOTATION = 500, 80, 2_000
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

Reader = Callable[[str, Known], Value]


class MeaninglessError(ValueError):
    """The value means nothing here; the message says why, `mend` what to do."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.mend = mend


def application_fields(entity: Entity, resolver: Resolver, report: Report) -> dict[str, Value]:
    """Return what a component tells of an application besides name, description and owner."""
    fields: dict[str, Value] = {}
    if kind := entity.text("spec", "type"):
        fields["type"] = kind
    _lifecycle(entity, resolver.known, fields, report)
    if entity.text("spec", "system") is not None:
        fields["system"] = resolver.system(entity, report)
    tags = entity.texts("metadata", "tags")
    if tags is not None:
        fields["tags"] = in_order(tags)
    _links(entity, fields, report)
    needed = resolver.needed(entity, report)
    if needed is not None:
        fields["depends on"] = in_order(needed)
    _annotations(entity, resolver.known, fields, report)
    return fields


def _lifecycle(entity: Entity, known: Known, fields: dict[str, Value], report: Report) -> None:
    text = entity.text("spec", "lifecycle")
    if text is None:
        return
    if text.upper() in known.lifecycles:
        fields["lifecycle"] = text.upper()
        return
    words = [word.lower() for word in known.lifecycles]
    report.refuse(
        ("spec", "lifecycle"),
        f"There is no lifecycle {short(text)}.",
        did_you_mean(text, words, cutoff=0.5) or f"Write one of {', '.join(words)}.",
    )


def _links(entity: Entity, fields: dict[str, Value], report: Report) -> None:
    if entity.texts("metadata", "links") is None:
        return
    links = []
    for number, link in enumerate(entity.mappings("metadata", "links")):
        url = str(link.get("url", "")).strip()
        title = " ".join(str(link.get("title") or _host(url) or url).split())
        if len(url) > LONGEST_URL or len(title) > LONGEST_TITLE:
            report.refuse(
                ("metadata", "links", number),
                "The link is too long.",
                f"A title has at most {LONGEST_TITLE} characters, an address {LONGEST_URL}.",
            )
        links.append(f"{title} {url}")
    fields["links"] = tuple(links)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _annotations(entity: Entity, known: Known, fields: dict[str, Value], report: Report) -> None:
    for key, text in entity.mapping("metadata", "annotations").items():
        path = ("metadata", "annotations", key)
        repository = repository_of(text) if key == SOURCE_LOCATION else ""
        if repository:
            fields["repositories"] = in_order([*fields.get("repositories", ()), repository])
        elif key in READERS:
            field, read = READERS[key]
            try:
                value = read(text.strip(), known)
            except MeaninglessError as error:
                report.refuse(path, str(error), error.mend)
            else:
                fields[field] = (
                    in_order([*fields.get(field, ()), *value])
                    if field == "repositories"
                    else value
                )
        elif key.startswith(OURS):
            report.refuse(
                path,
                f"There is no annotation {short(key)}.",
                did_you_mean(key, READERS) or f"There are {', '.join(READERS)}.",
            )
        elif len(text) > LONGEST_ANNOTATION:
            report.refuse(
                path,
                f"The annotation is longer than {LONGEST_ANNOTATION:,} characters.",
                "Shorten it.",
            )
        else:
            fields[ANNOTATION + key] = text


# --- Annotations of ours ------------------------------------------------------------------------


def _tier(text: str, _known: Known) -> Value:
    tier = text.lower().removeprefix("tier").strip(" -_")
    if tier not in {"1", "2", "3", "4"}:
        raise MeaninglessError(
            f"There is no tier {short(text)}.", 'Write "1", the most critical, to "4".'
        )
    return tier


def _runbook(text: str, _known: Known) -> Value:
    is_web = is_link(text) and not text.startswith("mailto:")
    if text and (not is_web or len(text) > LONGEST_URL):
        raise MeaninglessError(
            f"{short(text)} is no address of a runbook.", "Begin it with https:// or http://."
        )
    return text


def _data_classes(text: str, known: Known) -> Value:
    found = _words(text)
    for word in found:
        if word not in known.data_classes:
            raise MeaninglessError(
                f"There is no data class {short(word)}.",
                did_you_mean(word, known.data_classes)
                or f"There are {', '.join(known.data_classes)}.",
            )
    return in_order(found)


def _environments(text: str, _known: Known) -> Value:
    found = []
    for word in _words(text):
        name, _, what = word.partition("=")
        slug = slug_of(name)
        if not _SLUG.fullmatch(slug) or what not in {"", "production"}:
            raise MeaninglessError(
                f"{short(word)} is no environment.",
                "Write names with commas between; eu=production says that eu is production.",
            )
        found.append(environment(slug, is_production=bool(what) or slug == "production"))
    return in_order(found)


def environment(slug: str, *, is_production: bool) -> str:
    """Return an environment as files write it; one called production is production."""
    return f"{slug}=production" if is_production and slug != "production" else slug


def _repositories(text: str, _known: Known) -> Value:
    found = _words(text)
    for word in found:
        if "://" not in word or len(word) > LONGEST_URL or not word.isprintable():
            raise MeaninglessError(
                f"{short(word)} is no address of a repository.", "Begin it with https://."
            )
    return in_order(found)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text) if word]


READERS: Mapping[str, tuple[str, Reader]] = {
    TIER: ("tier", _tier),
    RUNBOOK: ("runbook", _runbook),
    DATA_CLASSES: ("data classes", _data_classes),
    ENVIRONMENTS: ("environments", _environments),
    REPOSITORIES: ("repositories", _repositories),
}

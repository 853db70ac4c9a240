"""Whether documents are entities in the right form: every error of every document."""

from collections.abc import Callable, Iterable, Mapping

from portal.descriptors.reading import formats
from portal.descriptors.reading.entities import Report
from portal.descriptors.reading.findings import did_you_mean, short
from portal.descriptors.reading.kinds import ALSO_CALLED, KINDS, PROFILE, Field, Kind, Shape
from portal.descriptors.reading.nodes import Node, Path
from portal.descriptors.reading.references import ReferenceError as NotReferringError
from portal.descriptors.reading.references import parse

ROOT_FIELDS = ("apiVersion", "kind", "metadata", "spec", "relations", "status")
METADATA_FIELDS = (
    "name", "namespace", "title", "description", "labels", "annotations", "tags", "links",
    "uid", "etag",
)  # fmt: skip

NAME = "Use letters, digits and single - _ . between them, at most 63 characters."
NAMESPACE = "Use lower-case letters, digits and hyphens between them, at most 63 characters."
TAG = "Use lower-case letters, digits, + and #, with single hyphens between, such as {0}."
KEY = "Use a word, or a domain and a word: example.com/word."


def check(root: Node, report: Report) -> None:
    """Report everything about a document that is not in the right form."""
    if not isinstance(root.value, dict):
        report.refuse((), "The document is no entity.", "Begin it with apiVersion: and kind:.")
        return
    _foreign(root.value, report)
    kind = _kind(root.value, report)
    _metadata(root.value.get("metadata"), report)
    _spec(root.value, kind, report)


def _foreign(fields: Mapping[str, Node], report: Report) -> None:
    for name in fields:
        if name not in ROOT_FIELDS:
            mend = did_you_mean(name, ROOT_FIELDS) or "Put it under metadata: or spec:."
            report.refuse((name,), f"{short(name)} is no field of an entity.", mend)
    for name, kind in (("relations", list), ("status", dict)):
        if name in fields:
            if not isinstance(fields[name].value, kind):
                report.refuse((name,), f"{name} is of another shape.", "Leave it out.")
            report.note((name,), f"{name} is what a catalogue puts out; it is not read.")


def _kind(fields: Mapping[str, Node], report: Report) -> Kind | None:
    kind = _told(fields, ("kind",), report, example="Component")
    version = _told(fields, ("apiVersion",), report, example="backstage.io/v1alpha1")
    if version is not None and not formats.is_api_version(version):
        report.refuse(
            ("apiVersion",), f"{short(version)} is no version.", "Write backstage.io/v1alpha1."
        )
        version = None
    if kind is None:
        return None
    if kind not in KINDS:
        also = ALSO_CALLED.get(kind.lower())
        mend = f"Write {also}." if also else did_you_mean(kind, KINDS)
        others = f"There are {', '.join(KINDS)}."
        report.refuse(("kind",), f"There is no kind {short(kind)}.", mend or others)
        return None
    if version is not None and version not in KINDS[kind].versions:
        report.refuse(
            ("apiVersion",),
            f"A {kind} of the version {short(version)} is not known.",
            f"Write {KINDS[kind].versions[0]}.",
        )
    return KINDS[kind]


# --- Metadata -----------------------------------------------------------------------------------


def _metadata(node: Node | None, report: Report) -> None:
    if node is None:
        report.refuse(
            ("metadata",), "metadata is missing.", "Add metadata: with a name: below it."
        )
        return
    if not isinstance(node.value, dict):
        report.refuse(("metadata",), "metadata is no mapping.", "Put name: below it, indented.")
        return
    fields = node.value
    name = _told(fields, ("metadata", "name"), report, example="checkout")
    if name is not None and not formats.is_name(name):
        report.refuse(("metadata", "name"), f"{short(name)} cannot be a name.", NAME)
    for optional in ("namespace", "title", "uid", "etag"):
        if optional in fields:
            _text(fields[optional], ("metadata", optional), report)
    namespace = fields.get("namespace")
    if (
        namespace
        and isinstance(namespace.value, str)
        and not formats.is_namespace(namespace.value)
    ):
        path: Path = ("metadata", "namespace")
        if namespace.value:
            report.refuse(path, f"{short(namespace.value)} cannot be a namespace.", NAMESPACE)
    if "description" in fields:
        _text(fields["description"], ("metadata", "description"), report, may_be_empty=True)
    _keyed(fields, "labels", formats.is_label_value, f"of a label. {NAME}", report)
    _keyed(fields, "annotations", formats.is_annotation_value, "of an annotation.", report)
    _tags(fields.get("tags"), report)
    _links(fields.get("links"), report)
    _near_misses(fields, METADATA_FIELDS, ("metadata",), report)


def _keyed(
    fields: Mapping[str, Node],
    name: str,
    fits: Callable[[object], bool],
    of_what: str,
    report: Report,
) -> None:
    """Check labels or annotations: their keys and values."""
    node = fields.get(name)
    if node is None:
        return
    if not isinstance(node.value, dict):
        report.refuse(
            ("metadata", name), f"{name} is no mapping.", "Write key: value lines below it."
        )
        return
    for key, value in node.value.items():
        path: Path = ("metadata", name, key)
        if not formats.is_key(key):
            report.refuse(path, f"{short(key)} cannot be a key.", KEY)
        if not isinstance(value.value, str):
            _text(value, path, report, may_be_empty=True)
        elif not fits(value.value):
            what, _, mend = of_what.partition(". ")
            report.refuse(path, f"{short(value.value)} cannot be the value {what}.", mend)


def _tags(node: Node | None, report: Report) -> None:
    if node is None:
        return
    for number, item in enumerate(_items(node, ("metadata", "tags"), report)):
        path: Path = ("metadata", "tags", number)
        if _text(item, path, report) and not formats.is_tag(item.value):
            wish = "-".join(str(item.value).lower().replace("_", " ").replace(".", " ").split())
            offer = wish if formats.is_tag(wish) else "card-payments"
            report.refuse(path, f"{short(str(item.value))} cannot be a tag.", TAG.format(offer))


def _links(node: Node | None, report: Report) -> None:
    if node is None:
        return
    for number, item in enumerate(_items(node, ("metadata", "links"), report)):
        path: Path = ("metadata", "links", number)
        if not isinstance(item.value, dict):
            report.refuse(
                path, "A link is a mapping.", "Write - url: https://... and title: below."
            )
            continue
        fields = item.value
        for optional in ("title", "icon", "type"):
            if optional in fields:
                _text(fields[optional], (*path, optional), report)
        icon = fields.get("icon")
        if icon and isinstance(icon.value, str) and icon.value and not formats.is_name(icon.value):
            report.refuse((*path, "icon"), f"{short(icon.value)} cannot be an icon.", NAME)
        _url(_told(fields, (*path, "url"), report, example="https://example.com"), path, report)


def _url(url: str | None, path: Path, report: Report) -> None:
    if url is None or formats.is_link(url):
        return
    if formats.is_url(url):
        report.refuse(
            (*path, "url"),
            f"A link may not lead to {short(url)}.",
            "Use an address that begins with https://, http:// or mailto:.",
            rule="link-scheme",
        )
    else:
        report.refuse(
            (*path, "url"), f"{short(url)} is no address.", "Write it out: https://example.com."
        )


# --- Spec ---------------------------------------------------------------------------------------


def _spec(root: Mapping[str, Node], kind: Kind | None, report: Report) -> None:
    node = root.get("spec")
    if node is None:
        if kind is not None:
            needed = [name for name, field in kind.fields.items() if field.is_required]
            below = f" with {', '.join(needed)} below it" if needed else ""
            report.refuse(("spec",), "spec is missing.", f"Add spec:{below}.")
        return
    if not isinstance(node.value, dict):
        report.refuse(("spec",), "spec is no mapping.", "Write its fields below it, indented.")
        return
    if kind is None:
        return
    for name, field in kind.fields.items():
        path: Path = ("spec", name)
        if name in node.value:
            _field(node.value[name], field, path, report)
        elif field.is_required:
            _missing(node.value, path, report, field.example)
    _near_misses(node.value, kind.fields, ("spec",), report)


def _field(node: Node, field: Field, path: Path, report: Report) -> None:
    match field.shape:
        case Shape.TEXT:
            _reference(node, field, path, report)
        case Shape.TEXTS:
            for number, item in enumerate(_items(node, path, report)):
                _reference(item, field, (*path, number), report)
        case Shape.BODY if not _stands_for_text(node):
            _text(node, path, report)
        case Shape.PROFILE:
            _profile(node, path, report)
        case Shape.PRESENCE if node.value not in ("required", "optional"):
            report.refuse(path, "presence is required or optional.", "Write one of them.")


def _stands_for_text(node: Node) -> bool:
    """Return whether it is a mapping such as `{$text: address}`, which others fetch."""
    return isinstance(node.value, dict) and [*node.value] in (["$text"], ["$json"], ["$yaml"])


def _reference(node: Node, field: Field, path: Path, report: Report) -> None:
    """Check a text, which refers to an entity in many fields."""
    if not _text(node, path, report) or not field.refers_to:
        return
    try:
        parse(node.value, kind=field.refers_to)
    except NotReferringError as error:
        report.refuse(
            path,
            f"{short(str(node.value))} refers to nothing. {error}",
            f"Write {field.refers_to.lower()}:default/name, or the name alone.",
            rule="reference",
        )


def _profile(node: Node, path: Path, report: Report) -> None:
    if not isinstance(node.value, dict):
        report.refuse(path, "profile is no mapping.", "Put displayName: and email: below it.")
        return
    for name in PROFILE:
        if name in node.value:
            _text(node.value[name], (*path, name), report)


# --- Values -------------------------------------------------------------------------------------


def _items(node: Node, path: Path, report: Report) -> list[Node]:
    if isinstance(node.value, list):
        return node.value
    one = short(node.text) if node.text else "..."
    report.refuse(path, f"{path[-1]} is no list.", f"Write {path[-1]}: [{one}].")
    return []


def _told(fields: Mapping[str, Node], path: Path, report: Report, *, example: str) -> str | None:
    """Return the required text of the last name of the path, or None with the error reported."""
    node = fields.get(str(path[-1]))
    if node is None:
        _missing(fields, path, report, example)
        return None
    return str(node.value) if _text(node, path, report) else None


def _missing(fields: Iterable[str], path: Path, report: Report, example: str) -> None:
    name = str(path[-1])
    near = [each for each in fields if did_you_mean(each, [name], cutoff=0.75)]
    mend = f"Did you mean {name} by {near[0]}?" if near else f"Add {name}: {example}."
    report.refuse(path, f"{name} is missing.", mend)


def _text(node: Node, path: Path, report: Report, *, may_be_empty: bool = False) -> bool:
    """Return whether the node is a text that is not empty, with the error reported if not."""
    name = path[-1] if isinstance(path[-1], str) else path[-2]
    match node.value:
        case str() if node.value or may_be_empty:
            return True
        case str():
            report.refuse(path, f"{name} is empty.", "Give a value, or leave the line out.")
        case None:
            report.refuse(path, f"{name} has no value.", "Give a value, or leave the line out.")
        case bool():
            report.refuse(path, f"{name} is true or false, not a text.", _quote(node, path))
        case int() | float():
            report.refuse(path, f"{name} is a number, not a text.", _quote(node, path))
        case list():
            report.refuse(path, f"{name} is a list, not a text.", "Give one value.")
        case _:
            report.refuse(path, f"{name} is a mapping, not a text.", "Give one value.")
    return False


def _quote(node: Node, path: Path) -> str:
    name = f"{path[-1]}: " if isinstance(path[-1], str) else "- "
    return f'Quote it: {name}"{short(node.text)}".'


def _near_misses(fields: Iterable[str], known: Iterable[str], above: Path, report: Report) -> None:
    """Unknown fields are allowed; one that looks like a slip is told of."""
    known = list(known)
    present = set(fields)
    for name in present - set(known):
        offer = did_you_mean(name, [one for one in known if one not in present], cutoff=0.8)
        if offer:
            report.note((*above, name), f"{short(name)} is not a field that is read.", offer)

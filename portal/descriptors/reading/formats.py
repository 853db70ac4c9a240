"""The formats of names, labels, tags and addresses in descriptors, as Backstage checks them."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

_LABEL = r"[a-z0-9]+(?:-+[a-z0-9]+)*"
_NAME = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_DNS_LABEL = re.compile(_LABEL)
_TAG = re.compile(r"[a-z0-9+#]+(?:-[a-z0-9+#]+)*")
_KIND = re.compile(r"[a-zA-Z][a-z0-9A-Z]*")
_VERSION = re.compile(r"[a-zA-Z0-9]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+", re.DOTALL)

LONGEST_NAME = 63
LONGEST_SUBDOMAIN = 253
LINK_SCHEMES = ("http", "https", "mailto")


def is_text(value: object) -> bool:
    """Return whether the value is a text with something in it."""
    return isinstance(value, str) and bool(value.strip())


def is_name(value: object) -> bool:
    """Return whether the value can name an entity."""
    return _fits(_NAME, value)


def is_namespace(value: object) -> bool:
    """Return whether the value can be a namespace, which is a label of DNS."""
    return _fits(_DNS_LABEL, value)


def is_subdomain(value: object) -> bool:
    """Return whether the value is a name of DNS."""
    return (
        isinstance(value, str)
        and 1 <= len(value) <= LONGEST_SUBDOMAIN
        and all(map(is_namespace, value.split(".")))
    )


def is_kind(value: object) -> bool:
    """Return whether the value can be a kind of entity."""
    return _fits(_KIND, value)


def is_api_version(value: object) -> bool:
    """Return whether the value can be a version, with or without a domain before it."""
    return _prefixed(value, lambda rest: _fits(_VERSION, rest))


def is_key(value: object) -> bool:
    """Return whether the value can be the key of a label or annotation."""
    return _prefixed(value, is_name)


def is_label_value(value: object) -> bool:
    """Return whether the value can be that of a label; it may be empty."""
    return value == "" or is_name(value)


def is_annotation_value(value: object) -> bool:
    """Return whether the value can be that of an annotation: any text."""
    return isinstance(value, str)


def is_tag(value: object) -> bool:
    """Return whether the value can be a tag."""
    return _fits(_TAG, value)


def is_url(value: object) -> bool:
    """Return whether the value is an absolute address of any scheme."""
    if not isinstance(value, str) or not _SCHEME.fullmatch(value.strip()):
        return False
    try:
        parts = urlsplit(value.strip())
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) if parts.scheme in {"http", "https", "ftp", "ws", "wss"} else True


def is_link(value: object) -> bool:
    """Return whether the value is an address that a page may lead to."""
    return (
        isinstance(value, str)
        and is_url(value)
        and urlsplit(value).scheme.lower() in LINK_SCHEMES
        and value.isprintable()
        and " " not in value
    )


FORMATS: Mapping[str, Callable[[object], bool]] = {
    "apiVersion": is_api_version,
    "kind": is_kind,
    "objectName": is_name,
    "namespace": is_namespace,
    "labelKey": is_key,
    "labelValue": is_label_value,
    "annotationKey": is_key,
    "annotationValue": is_annotation_value,
    "dnsSubdomain": is_subdomain,
    "dnsLabel": is_namespace,
    "tag": is_tag,
    "url": is_url,
    "string": is_text,
}


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_NAME
        and pattern.fullmatch(value) is not None
    )


def _prefixed(value: object, fits: Callable[[str], bool]) -> bool:
    """Check `[domain/]rest`."""
    if not isinstance(value, str):
        return False
    prefix, slash, rest = value.rpartition("/")
    return (not slash or is_subdomain(prefix)) and fits(rest)

"""CloudEvents 1.0: the envelope taken off, in structured mode and in binary mode.

Source: https://github.com/cloudevents/spec, CloudEvents v1.0.2 with its JSON format and HTTP
binding, and the CloudEvents binding of CDEvents.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from portal.integrations.types.faults import Fault, FaultyError
from portal.integrations.types.incoming import LONGEST_ID, LONGEST_SOURCE, Envelope
from portal.integrations.types.shapes import (
    Json,
    Shape,
    instant,
    kind_of,
    mapping,
    name,
    one_of,
    uri,
    uri_reference,
)

HEADER = "ce-"
JSON_TYPES = ("application/json", "text/json")


def _json_type(value: Json, at: str) -> Iterator[Fault]:
    said = str(value).partition(";")[0].strip().lower()
    if said not in JSON_TYPES and not said.endswith("+json"):
        yield Fault(at, "The data is not JSON.", "Send the data as application/json.")


_ATTRIBUTES: dict[str, Shape] = {
    "specversion": one_of("1.0"),
    "id": name,
    "source": uri_reference,
    "type": name,
    "time": instant,
    "subject": name,
    "dataschema": uri,
    "datacontenttype": _json_type,
}
_REQUIRED = frozenset({"specversion", "id", "source", "type"})
# Other attributes are extensions, which every CloudEvent may have.
_ENVELOPE = mapping(_ATTRIBUTES, required=_REQUIRED, is_open=True)


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The event in a CloudEvent, what its envelope says, and where the event lies in it."""

    event: Json
    envelope: Envelope
    at: str


def unwrap(document: Json) -> Unwrapped:
    """Return the event in a CloudEvent of structured mode.

    Raises:
        FaultyError: when it is no CloudEvent, or says something else than what is in it.
    """
    if not isinstance(document, dict):
        raise FaultyError(
            Fault("", f"This is {kind_of(document)}, not a CloudEvent.", "Send a JSON object.")
        )
    faults = list(_ENVELOPE(document, ""))
    if "data_base64" in document:
        faults.append(Fault("/data_base64", "The data is not JSON.", "Send it as `data`."))
    elif "data" not in document:
        faults.append(Fault("/data", "This field is missing.", "Send the event as `data`."))
    if faults:
        raise FaultyError(*faults)
    return _opened(document, document["data"], prefix="/", at="/data")


def unwrap_binary(headers: Mapping[str, str], data: Json) -> Unwrapped:
    """Return the event whose CloudEvent attributes are in headers; a fault names the header.

    Raises:
        FaultyError: when an attribute is missing or says something else than the event does.
    """
    attributes: dict[str, Json] = {
        header.lower().removeprefix(HEADER): unquote(value)
        for header, value in headers.items()
        if header.lower().startswith(HEADER)
    }
    faults = [
        Fault(HEADER + fault.pointer[1:], fault.detail, fault.mend)
        for fault in _ENVELOPE(attributes, "")
    ]
    if faults:
        raise FaultyError(*faults)
    return _opened(attributes, data, prefix=HEADER, at="")


def _opened(attributes: Mapping[str, Json], data: Json, *, prefix: str, at: str) -> Unwrapped:
    source, event_id = str(attributes["source"]), str(attributes["id"])
    faults = [
        Fault(prefix + field, f"This has {len(value)} characters.", f"Send at most {most}.")
        for field, value, most in (
            ("source", source, LONGEST_SOURCE),
            ("id", event_id, LONGEST_ID),
        )
        if len(value) > most
    ]
    if isinstance(data, dict):
        context = data.get("context")
        said = context if isinstance(context, dict) else data
        fields = ("id", "source", "type") if said is context else ("type",)
        faults += [
            Fault(
                prefix + field,
                "The envelope says something else than the event in it.",
                f"Send the same {field} in both.",
            )
            for field in fields
            if field in said and said[field] != attributes[field]
        ]
        if said is data:
            data = {**data, "type": attributes["type"]}
    if faults:
        raise FaultyError(*faults)
    return Unwrapped(data, Envelope(source, event_id), at)

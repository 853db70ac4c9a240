"""One event as it comes in: known by its kind, held to its shape, ready to be stored."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from portal.integrations.types import cdevents, plain
from portal.integrations.types.faults import Fault, FaultyError
from portal.integrations.types.kinds import CDEVENTS, PLAIN, Becomes
from portal.integrations.types.shapes import Json, kind_of, read_instant

MOST_BYTES = 1024 * 1024
LONGEST_SOURCE, LONGEST_ID = 300, 250
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MOST_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a CloudEvent says around its data, that the data of a plain event does not."""

    source: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event without faults. `application` is the slug that it names, if it names one."""

    source: str
    event_id: str
    type: str
    body: bytes
    occurred_at: datetime
    application: str = ""
    is_needed: bool = True


def incoming(event: Json, *, now: datetime, envelope: Envelope | None = None) -> Incoming:
    """Return an event ready to be stored.

    Raises:
        FaultyError: with everything that is wrong with it.
    """
    if not isinstance(event, dict):
        raise FaultyError(
            Fault("", f"This is {kind_of(event)}, not an event.", "Send a JSON object.")
        )
    read = _read_cdevent if "context" in event else _read_plain
    found = read(event, now, envelope)
    if len(found.body) > MOST_BYTES:
        raise FaultyError(
            Fault("", f"The event has {len(found.body):,} bytes.", f"Send at most {MOST_BYTES:,}.")
        )
    return found


def canonical(value: Json) -> bytes:
    """Return the bytes that write a value: the same for the same, whatever the order of keys."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _read_cdevent(event: dict[str, Json], now: datetime, _envelope: Envelope | None) -> Incoming:
    _refuse(cdevents.faults_of(event))
    context = event["context"]
    assert isinstance(context, dict)  # noqa: S101 - the shape says so
    source, event_id = str(context["source"]), str(context["id"])
    _refuse(
        [
            *_too_long("/context/source", source, LONGEST_SOURCE),
            *_too_long("/context/id", event_id, LONGEST_ID),
            *_out_of_time("/context/timestamp", context["timestamp"], now),
        ]
    )
    custom = event.get("customData")
    named = custom.get("application") if isinstance(custom, dict) else None
    kind = CDEVENTS[str(context["type"])]
    return Incoming(
        source,
        event_id,
        kind.type,
        canonical(event),
        read_instant(context["timestamp"]) or now,
        named if isinstance(named, str) else "",
        is_needed=kind.becomes is not Becomes.NOTHING,
    )


def _read_plain(event: dict[str, Json], now: datetime, envelope: Envelope | None) -> Incoming:
    _refuse(_unknown(event))
    _refuse(plain.faults_of(event))
    kind = str(event["type"])
    names = (name for name in plain.FORMS[kind].instants if name in event)
    _refuse([fault for name in names for fault in _out_of_time(f"/{name}", event[name], now)])
    body = canonical(event)
    if envelope is None:
        envelope = Envelope(str(event.get("source", plain.SOURCE)), sha256(body).hexdigest())
    return Incoming(
        envelope.source,
        envelope.event_id,
        kind,
        body,
        plain.occurred_at(event),
        str(event.get("application", "")),
    )


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise FaultyError(*faults)


def _unknown(event: Mapping[str, Json]) -> list[Fault]:
    kind = event.get("type")
    if isinstance(kind, str) and kind in PLAIN:
        return []
    if "specversion" in event:
        return [
            Fault(
                "",
                "This looks like a CloudEvent, but the content type does not say so.",
                "Send it as application/cloudevents+json, several as "
                "application/cloudevents-batch+json.",
            )
        ]
    said = f"There is no type “{kind[:100]}”." if isinstance(kind, str) else "It has no type."
    return [
        Fault(
            "/type",
            said,
            f"Send a type: {', '.join(PLAIN)}; or a CDEvent, which has a context and a subject.",
        )
    ]


def _too_long(at: str, value: str, most: int) -> Iterator[Fault]:
    if len(value) > most:
        yield Fault(at, f"This has {len(value)} characters.", f"Send at most {most}.")


def _out_of_time(at: str, written: Json, now: datetime) -> Iterator[Fault]:
    instant = read_instant(written)
    if instant is None:
        return
    if instant > now + MOST_AHEAD:
        yield Fault(
            at,
            "This is more than a day in the future.",
            "Set the clock of the sender, or mend it.",
        )
    elif instant < EARLIEST:
        yield Fault(at, "This is before the year 2000.", "Send when it really happened.")

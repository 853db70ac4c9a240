"""Recording of audit events, and the log that they become."""

from portal.audit.services.recording import (
    MAX_BODY_BYTES,
    Happening,
    OutsideTransactionError,
    UnknownEventError,
    record,
    record_export,
    record_many,
)

__all__ = [
    "MAX_BODY_BYTES",
    "Happening",
    "OutsideTransactionError",
    "UnknownEventError",
    "record",
    "record_export",
    "record_many",
]

"""Calendars in the format of RFC 5545, read as they are in the wild.

`read` returns what happens in a period and, line by line in words, what was not understood. Nothing
that is wrong with one event spoils another.
"""

from oncall.adapters.ical.events import Event, Reading, read
from oncall.adapters.ical.lines import LARGEST, Trouble

__all__ = ["LARGEST", "Event", "Reading", "Trouble", "read"]

"""Spans and shares in words, the same on every page, in every chart and sentence."""

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
MINUTE, HOUR, DAY = 60, 3600, 86400
ONE_DECIMAL_BELOW = 10


def duration(seconds: float) -> str:
    """Return a span in its two largest units: “38 s”, “38 min”, “2 h 5 min”, “2 d 4 h”."""
    sign, whole = (MINUS if seconds < 0 else ""), round(abs(seconds))
    if whole < MINUTE:
        return f"{sign}{whole} s"
    minutes = round(whole / MINUTE)
    if minutes < HOUR // MINUTE:
        return f"{sign}{minutes} min"
    if minutes < DAY // MINUTE:
        return sign + _two(*divmod(minutes, 60), "h", "min")
    days, hours = divmod(round(whole / HOUR), 24)
    return sign + _two(days, hours, "d", "h")


def percent(share: float) -> str:
    """Return a share of 1 as a percentage: one decimal below ten, none from there on."""
    value = share * 100
    if abs(round(value, 1)) < ONE_DECIMAL_BELOW:
        return f"{value:.1f}".removesuffix(".0") + "%"
    return f"{value:.0f}%"


def _two(large: int, small: int, large_unit: str, small_unit: str) -> str:
    return f"{large:,} {large_unit} {small} {small_unit}" if small else f"{large:,} {large_unit}"

"""State changes of the delivery facts and of what is computed from them."""

from kpis.services.history import record_history
from kpis.services.rebuild import rebuild
from kpis.services.rollups import recompute, recompute_in_parallel
from kpis.services.scopes import refresh_scopes
from kpis.services.told import record_told

__all__ = [
    "rebuild",
    "recompute",
    "recompute_in_parallel",
    "record_history",
    "record_told",
    "refresh_scopes",
]

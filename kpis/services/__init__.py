"""State changes of the delivery facts and of what is computed from them."""

from kpis.services.history import record_history

__all__ = ["record_history"]

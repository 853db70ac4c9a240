"""Delivery facts, the KPIs computed from them, and the pages and API that show them."""

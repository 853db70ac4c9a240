"""Background work of the KPIs: each task makes one call."""

from celery import shared_task


@shared_task(name="kpis.tasks.recompute")
def recompute(**_future: object) -> None:
    """Summarise what is marked, with as many workers as there is work for."""


@shared_task(name="kpis.tasks.refresh_scopes")
def refresh_scopes(**_future: object) -> None:
    """Follow the team tree: who counts where, and in which zone."""

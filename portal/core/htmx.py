"""One list page, three renderings: the full page, its table for htmx, a plain page without it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def render_list(
    request: HttpRequest, template: str, context: dict[str, Any], *, partial: str = "table"
) -> HttpResponse:
    """Return the page, or only its partial when htmx asks for a part of it.

    Going back in the history asks for the whole page, by htmx too.
    """
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    if htmx and not htmx.history_restore_request:
        template = f"{template}#{partial}"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response

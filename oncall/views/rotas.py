"""Rotas: the list, one with its versions, making one, changing it from an instant on, ending it."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oncall import policies
from oncall.charts.pictures import picture
from oncall.forms.calendar import CalendarForm
from oncall.forms.changing import ChangedRota
from oncall.forms.making import NewRota
from oncall.forms.patterns import PATTERNS
from oncall.forms.rotas import RetireForm, RotaFilters, SettingsForm
from oncall.forms.typed import Typed
from oncall.models import Hours, Rota
from oncall.selectors.rotas import (
    history_of,
    on_call_now,
    rotas_visible_to,
    version_at,
)
from oncall.services import exports
from oncall.services import rotas as services
from portal.accounts.forms import ZONES
from portal.accounts.http import SignedInRequest
from portal.catalogue.selectors import my_teams, teams_called
from portal.core.export import Cell, csv_response
from portal.core.htmx import render_list
from portal.core.keyset import Order, keyset_page

BY_NAME = Order("name", descending=False, read=str)
HEADER = (
    "name",
    "address",
    "team",
    "zone",
    "hours",
    "bank holidays",
    "answers within minutes",
    "central support",
    "created",
    "retired",
)


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List the rotas that fit the filters, a page at a time."""
    now = timezone.now()
    filters = RotaFilters(request.GET)
    page = keyset_page(
        filters.rotas(request.user, now=now), order=BY_NAME, cursor=request.GET.get("place", "")
    )
    duty = on_call_now(page.rows, now)
    context = {
        "filters": filters,
        "page": page,
        "rows": [(rota, duty.get(rota.pk, [])) for rota in page.rows],
        "may_make": policies.allows(request.user, policies.MAKE_ROTAS),
    }
    return render_list(request, "oncall/rotas.html", context)


@require_safe
def export(request: SignedInRequest) -> HttpResponseBase:
    """Hand the filtered list out as CSV, and put that on record."""
    now = timezone.now()
    found = RotaFilters(request.GET).rotas(request.user, now=now).order_by("name", "pk")
    exports.record_rotas_export(
        rows=found.count(), filters=request.GET.urlencode(), actor=request.user, now=now
    )
    return csv_response("rotas.csv", header=HEADER, rows=map(_row, found.iterator()))


@require_safe
def show(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a rota: who is on call now, its calendar, its people, its versions."""
    rota, now = _rota(request, slug), timezone.now()
    asked = CalendarForm(
        {"view": "rota", "rota": rota.slug, "day": request.GET.get("day", "")},
        viewer=request.user,
        now=now,
    ).asked()
    version = version_at(rota, now)
    context = {
        "rota": rota,
        "hours": Hours(rota.hours),
        "duty": on_call_now([rota], now).get(rota.pk, []),
        "version": version,
        "layers": version.layers.all() if version else [],
        "history": history_of(rota),
        "picture": picture(asked),
        "may_change": policies.allows(request.user, policies.CHANGE_ROTA, rota)
        and not rota.retired_at,
        "may_make_central": policies.allows(request.user, policies.MAKE_CENTRAL, rota)
        and not rota.is_central
        and not rota.retired_at,
        "now": now,
    }
    return render(request, "oncall/rota.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Make a rota step by step: team, template, people, preview."""
    policies.require(request.user, policies.MAKE_ROTAS)
    now = timezone.now()
    if request.method == "POST":
        editor = NewRota(Typed.read(request.POST), user=request.user, now=now)
        action = request.POST.get("do", "preview")
        if action != "save":
            editor.act(action)
        elif rota := editor.create():
            messages.success(request, f"{rota} is made, and its shifts are worked out.")
            return redirect(rota)
    else:
        named = teams_called(request.GET.get("team", ""))
        team = named[0] if len(named) == 1 else my_teams(request.user).first()
        editor = NewRota.beginning(team, user=request.user, now=now)
    context = {"editor": editor, "patterns": PATTERNS.values(), "zones": ZONES}
    return render(request, "oncall/rota_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Let other layers count from an instant on; what that changes is shown first."""
    rota, now = _rota(request, slug), timezone.now()
    policies.require(request.user, policies.CHANGE_ROTA, rota)
    if request.method == "POST":
        editor = ChangedRota(Typed.read(request.POST), of=rota, user=request.user, now=now)
        action = request.POST.get("do", "preview")
        if action != "save":
            editor.act(action)
        elif editor.change():
            messages.success(request, "Saved. Those whose shifts changed are told.")
            return redirect(rota)
    else:
        number = request.GET.get("version", "")
        editor = ChangedRota.beginning(
            rota,
            number=int(number) if number.isdecimal() else 0,
            user=request.user,
            now=now,
        )
    return render(
        request, "oncall/rota_edit.html", {"rota": rota, "editor": editor, "zones": ZONES}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SignedInRequest, slug: str) -> HttpResponse:
    """Change a rota's name, clocks, hours and rules; its layers have a page of their own."""
    rota = _rota(request, slug)
    policies.require(request.user, policies.CHANGE_ROTA, rota)
    form = SettingsForm(request.POST or None, initial=SettingsForm.initial_of(rota))
    if request.method == "POST" and form.is_valid() and _change(request, rota, form):
        messages.success(request, "Saved.")
        return redirect(rota)
    return render(
        request, "oncall/rota_settings.html", {"rota": rota, "form": form, "zones": ZONES}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: SignedInRequest, slug: str) -> HttpResponse:
    """End a rota."""
    rota = _rota(request, slug)
    policies.require(request.user, policies.CHANGE_ROTA, rota)
    form = RetireForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.retire_rota(
                rota=rota,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            )
        except (services.RetiredRotaError, services.CentralError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{rota} is retired. What was stays on record.")
            return redirect(rota)
    return render(request, "oncall/rota_retire.html", {"rota": rota, "form": form})


@require_POST
def make_central(request: SignedInRequest, slug: str) -> HttpResponse:
    """Let a rota answer for every application that no team has taken on."""
    rota = _rota(request, slug)
    try:
        services.make_central(rota=rota, actor=request.user, now=timezone.now())
    except services.RetiredRotaError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{rota} is the central support.")
    return redirect(rota)


def _change(request: SignedInRequest, rota: Rota, form: SettingsForm) -> bool:
    try:
        services.change_rota(
            rota=rota, actor=request.user, now=timezone.now(), **form.cleaned_data
        )
    except services.StaleError as error:
        form.add_error(None, str(error))
        # What is typed stays; who saves again has seen what the other did.
        form.data = request.POST.copy()
        form.data["seen"] = str(rota.revision)
    except services.RetiredRotaError as error:
        form.add_error(None, str(error))
    except services.DefinitionError as error:
        form.add_error("resolution", str(error))
    except ValidationError as error:
        form.add_error(None, error)
    else:
        return True
    return False


def _rota(request: SignedInRequest, slug: str) -> Rota:
    return get_object_or_404(rotas_visible_to(request.user), slug=slug)


def _row(rota: Rota) -> Sequence[Cell]:
    return (
        rota.name,
        rota.slug,
        rota.team.slug,
        rota.zone,
        Hours(rota.hours).label,
        rota.calendar.slug if rota.calendar else "",
        rota.response_minutes,
        rota.is_central,
        rota.created_at,
        rota.retired_at,
    )

"""Pay: which months wait, the report of a month, and by which rates it is paid."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oncall import policies
from oncall.adapters.tariffs import SHIPPED, read_rules, shipped_choices
from oncall.forms.pay import GradeForm, PersonGradeForm, SchemeForm, initial_of
from oncall.models import ReportState
from oncall.rota import Shift as Stretch
from oncall.rota import Span
from oncall.rota.pay import CallOut, Line, paid
from oncall.selectors import pay as selectors
from oncall.services import pay as services
from portal.accounts.http import SignedInRequest
from portal.catalogue.models import Team
from portal.core.export import Cell, csv_response, xlsx_response
from portal.core.keyset import Order, keyset_page

ZONE = ZoneInfo("UTC")
EARLIEST, LATEST = 2000, 2099
HEADER = ("Person", "Month", "For", "Rate", "Hours", "Units", "Amount", "Currency", "Stretches")


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List the teams whose pay somebody sees, with how far their reports of a month came."""
    month = _read_month(request.GET.get("month", "")) or _last_month(timezone.now())
    page = keyset_page(
        selectors.paying_teams(request.user),
        order=Order("name", descending=False, read=str),
        cursor=request.GET.get("place", ""),
    )
    states = selectors.states_of(page.rows, month)
    context = {
        "page": page,
        "rows": [(team, states.get(team.pk)) for team in page.rows],
        "month": month,
        "before": _shifted(month, -1),
        "after": _shifted(month, 1),
        "draft": ReportState.DRAFT,
        "may_set": policies.allows(request.user, policies.SET_PAY),
    }
    return render(request, "oncall/pay.html", context)


@require_safe
def report(request: SignedInRequest, slug: str, month: str) -> HttpResponse:
    """Show the pay of a team for a month: whole to who leads it, their own to everybody else."""
    known = _known(request, slug, month)
    team = known.team
    context = {
        "known": known,
        "before": _shifted(known.month, -1),
        "after": _shifted(known.month, 1),
        "is_whole": policies.allows(request.user, policies.READ_PAY, team),
        "may_approve": policies.allows(request.user, policies.APPROVE_PAY, team),
        "is_in_it": any(one.person == request.user.pk for one in known.people),
        "currency": known.scheme.currency if known.scheme else "",
    }
    return render(request, "oncall/pay_report.html", context)


@require_POST
def approve(request: SignedInRequest, slug: str, month: str) -> HttpResponse:
    """Freeze the report of a month, or check it for a second person."""
    team, read = _team(request, slug), _month(month)
    if not policies.allows(request.user, policies.APPROVE_PAY, team):
        raise Http404
    try:
        done = services.approve_report(
            team=team, month=read, seen=request.POST.get("seen", ""), actor=request.user,
            now=timezone.now(),
        )  # fmt: skip
    except services.PayError as error:
        messages.error(request, str(error))
    else:
        is_approved = "Approved, and frozen." if done.is_approved else (
            "Checked. You are in it, so a second person approves it; they have been told."
        )  # fmt: skip
        messages.success(request, is_approved)
    return redirect("pay-report", slug, month)


@require_safe
def export_csv(request: SignedInRequest, slug: str, month: str) -> HttpResponseBase:
    """Send the lines of a month as CSV."""
    known = _known(request, slug, month)
    services.record_export(known=known, form="CSV", actor=request.user, now=timezone.now())
    return csv_response(f"pay-{slug}-{month}.csv", header=HEADER, rows=_rows(known))


@require_safe
def export_xlsx(request: SignedInRequest, slug: str, month: str) -> HttpResponseBase:
    """Send the lines of a month as a workbook."""
    known = _known(request, slug, month)
    services.record_export(known=known, form="XLSX", actor=request.user, now=timezone.now())
    return xlsx_response(
        f"pay-{slug}-{month}.xlsx", title=f"Pay {month}", header=HEADER, rows=_rows(known)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def scheme(request: SignedInRequest) -> HttpResponse:
    """Define by which rates a team or the company is paid, with an example worked out."""
    policies.require(request.user, policies.SET_PAY)
    now = timezone.now()
    schemes = selectors.current_schemes()
    start = request.GET.get("from", "")
    stands = next((one for one in schemes if start == str(one.pk)), None)
    shipped = SHIPPED.get(start, SHIPPED["uk-cloud-platform"])
    month = _shifted(_last_month(now), 1)
    form = SchemeForm(request.POST or None, initial=initial_of(stands, shipped, month))
    is_valid = form.is_valid()
    if is_valid and "example" not in request.POST:
        try:
            made = services.define_scheme(actor=request.user, now=now, **form.told)
        except services.PayError as error:
            form.add_error("valid_from", str(error))
        else:
            messages.success(request, f"{made.name} counts from {made.valid_from:%B %Y}.")
            return redirect("pay-scheme")
    day_rate = (form.cleaned_data.get("day_rate") if is_valid else None) or Decimal(200)
    rules = form.rules if is_valid else form.initial["rules"]
    context = {
        "form": form,
        "schemes": schemes,
        "shipped": shipped_choices(),
        "example": None if form.is_bound and not is_valid else _example(rules, day_rate),
        "day_rate": day_rate,
    }
    return render(request, "oncall/pay_scheme.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def grades(request: SignedInRequest) -> HttpResponse:
    """Show the grades with their day rates and who is of which, and set them."""
    policies.require(request.user, policies.SET_PAY)
    now = timezone.now()
    is_person = request.POST.get("what") == "person"
    today = {"valid_from": _shifted(_last_month(now), 1)}
    rate_form = GradeForm(None if is_person else request.POST or None, initial=today)
    person_form = PersonGradeForm(request.POST if is_person else None, initial=today)
    form, service = (
        (person_form, services.choose_grade) if is_person else (rate_form, services.set_grade)
    )
    if form.is_valid():
        try:
            service(actor=request.user, now=now, **form.cleaned_data)
        except services.PayError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Set.")
            return redirect("pay-grades")
    context = {
        "rate_form": rate_form,
        "person_form": person_form,
        "grades": selectors.grades(),
        "people": selectors.graded_people(),
    }
    return render(request, "oncall/pay_grades.html", context)


def _team(request: SignedInRequest, slug: str) -> Team:
    return get_object_or_404(selectors.paying_teams(request.user), slug=slug)


def _known(request: SignedInRequest, slug: str, month: str) -> selectors.Draft:
    known = selectors.draft(_team(request, slug), _month(month))
    is_whole = policies.allows(request.user, policies.READ_PAY, known.team)
    return known if is_whole else known.of(request.user)


def _rows(known: selectors.Draft) -> Iterator[tuple[Cell, ...]]:
    currency = known.scheme.currency if known.scheme else ""
    for line in known.lines:
        amount = None if line["amount"] is None else Decimal(line["amount"])
        stretches = "; ".join(f"{start}/{end}" for start, end in line["stretches"])
        yield (
            line["name"],
            line["month"][:7],
            line["duty"],
            line["rate"],
            Decimal(line["hours"]),
            Decimal(line["units"]),
            amount,
            currency if amount is not None else "",
            stretches,
        )


def _example(rules: Mapping[str, Any], day_rate: Decimal) -> list[Line]:
    """Return what a week of nights and a call-out of 2 h 45 min earn by some rules."""
    start = datetime(2026, 6, 1, 17, 30, tzinfo=UTC)
    nights = [start + timedelta(days=day) for day in range(4)]
    spans = [
        *(Span(night, night + timedelta(hours=15.5)) for night in nights),
        Span(start + timedelta(days=4), start + timedelta(days=6, hours=15.5)),
    ]
    week = Span(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 9, tzinfo=UTC))
    called = Span(start + timedelta(hours=8), start + timedelta(hours=10.75))
    tariff = read_rules(rules).tariff(ZONE, frozenset(), day_rate)
    shifts = [Stretch(*span, "1", "primary") for span in spans]
    return paid(tariff, shifts, [CallOut("1", called)], week)


def _month(written: str) -> date:
    found = _read_month(written)
    if found is None:
        raise Http404
    return found


def _read_month(written: str) -> date | None:
    try:
        found = date.fromisoformat(f"{written}-01")
    except ValueError:
        return None
    return found if EARLIEST <= found.year <= LATEST else None


def _last_month(now: datetime) -> date:
    return _shifted(now.date().replace(day=1), -1)


def _shifted(month: date, by: int) -> date:
    """Return the month before, or after."""
    return (month + timedelta(days=-1 if by < 0 else 31)).replace(day=1)

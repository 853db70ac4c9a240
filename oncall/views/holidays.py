"""Bank holidays: calendars, the days of each in a year, and operations' changes of them."""

from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from oncall import policies
from oncall.forms.fields import EARLIEST, LATEST
from oncall.forms.holidays import CalendarForm, DayForm
from oncall.models import Holiday, HolidayCalendar
from oncall.selectors import holidays as selectors
from oncall.services import holidays as services
from portal.accounts.http import SignedInRequest
from portal.core.wall_clock import label

FOLLOWS = "Rotas that follow are worked out anew."


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: SignedInRequest) -> HttpResponse:
    """List the calendars, and take another one from the shipped lists."""
    now = timezone.now()
    if request.method == "POST":
        policies.require(request.user, policies.CHANGE_HOLIDAYS)
    form = CalendarForm(request.POST or None)
    if form.is_valid() and (calendar := _loaded(request, form, now)):
        messages.success(request, f"The bank holidays of {calendar} are here.")
        return redirect("holiday-calendar", calendar.slug)
    visible = selectors.calendars_visible_to(request.user)
    context = {
        "calendars": selectors.with_use(visible, today=_today(request, now)),
        "may_change": policies.allows(request.user, policies.CHANGE_HOLIDAYS),
        "form": form,
    }
    return render(request, "oncall/holidays.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a year of a calendar and which rotas follow it, and add a day."""
    now = timezone.now()
    calendar = _calendar(request, slug)
    if request.method == "POST":
        policies.require(request.user, policies.CHANGE_HOLIDAYS)
    form = DayForm(request.POST or None)
    if form.is_valid():
        try:
            added = services.add_holiday(
                calendar=calendar, actor=request.user, now=now, **form.cleaned_data
            )
        except services.HolidayError as error:
            form.add_error("day", str(error))
        else:
            messages.success(request, f"{added.name} is added. {FOLLOWS}")
            return _to_year(calendar, added.day.year)
    today = _today(request, now)
    year = _year(request.GET.get("year"), today)
    rotas = selectors.rotas_following(calendar)
    context = {
        "calendar": calendar,
        "found": selectors.year_of(calendar, year),
        "earlier": year - 1 if year > EARLIEST.year else None,
        "later": year + 1 if year < LATEST.year else None,
        "today": today,
        "rotas": rotas[: selectors.MOST_ROTAS],
        "following": rotas.count(),
        "may_change": policies.allows(request.user, policies.CHANGE_HOLIDAYS),
        "form": form,
    }
    return render(request, "oncall/holiday_calendar.html", context)


@require_POST
def take(request: SignedInRequest, slug: str) -> HttpResponse:
    """Take what is shipped of a year and not in the calendar."""
    now = timezone.now()
    calendar = _calendar(request, slug)
    year = _year(request.POST.get("year"), _today(request, now))
    try:
        services.load_holidays(
            country=calendar.country,
            subdivision=calendar.subdivision,
            years=[year],
            actor=request.user,
            now=now,
        )
    except services.HolidayError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The shipped days of {year} are here. {FOLLOWS}")
    return _to_year(calendar, year)


@require_POST
def strike(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Let a day be an ordinary one."""
    return _set(request, slug, pk, services.strike_holiday, "{} is struck out.")


@require_POST
def restore(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Let a day that was struck out be a holiday again."""
    return _set(request, slug, pk, services.restore_holiday, "{} is a holiday again.")


def _set(
    request: SignedInRequest, slug: str, pk: int, service: Callable[..., Holiday], words: str
) -> HttpResponse:
    calendar = _calendar(request, slug)
    holiday = get_object_or_404(selectors.holidays_of(calendar), pk=pk)
    try:
        service(holiday=holiday, actor=request.user, now=timezone.now())
    except services.HolidayError as error:
        messages.info(request, str(error))
    else:
        messages.success(request, f"{words.format(holiday.name)} {FOLLOWS}")
    return _to_year(calendar, holiday.day.year)


def _loaded(request: SignedInRequest, form: CalendarForm, now: datetime) -> HolidayCalendar | None:
    """Return the calendar that was chosen, or None when the form says why there is none."""
    chosen = form.cleaned_data
    try:
        return services.load_holidays(
            country=chosen["country"], subdivision=chosen["part"], actor=request.user, now=now
        )
    except services.HolidayError as error:
        form.add_error("part", str(error))
        return None


def _calendar(request: SignedInRequest, slug: str) -> HolidayCalendar:
    return get_object_or_404(selectors.calendars_visible_to(request.user), slug=slug)


def _today(request: SignedInRequest, now: datetime) -> date:
    return label(now, ZoneInfo(request.user.zone)).date()


def _year(text: str | None, today: date) -> int:
    """Return the year that is written, or this one when none is, or none that can be shown."""
    year = int(text) if text and text.isdecimal() and len(text) == len("2026") else today.year
    return year if EARLIEST.year <= year <= LATEST.year else today.year


def _to_year(calendar: HolidayCalendar, year: int) -> HttpResponseRedirect:
    page = reverse("holiday-calendar", args=[calendar.slug])
    return HttpResponseRedirect(f"{page}?{urlencode({'year': year})}")

"""The tree of teams, creating one and editing it."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.forms import ZONES
from portal.accounts.http import SignedInRequest
from portal.accounts.policies import can_write
from portal.catalogue import policies, selectors, services
from portal.catalogue.forms.filters import TeamFilters
from portal.catalogue.forms.teams import TeamChangeForm, TeamForm
from portal.catalogue.selectors import TeamRow
from portal.core.export import Cell, csv_response
from portal.core.htmx import render_list

PAGE_SIZE = 50
HEADER = ("name", "address", "kind", "under", "zone", "country", "own applications", "leads")


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Show the tree of teams or, when a name is searched for, a list of those that fit."""
    filters = TeamFilters(request.GET)
    context = {"filters": filters, "can_write": can_write(request.user)}
    if filters.text:
        found = Paginator(filters.teams(request.user), PAGE_SIZE)
        page = found.get_page(request.GET.get("page"))
        context |= {"page": page, "rows": selectors.with_places(page.object_list)}
    else:
        context |= {"tree": selectors.team_tree(request.user, filters.root)}
    return render_list(request, "catalogue/teams.html", context)


@require_safe
def export(request: SignedInRequest) -> HttpResponseBase:
    """Hand the filtered teams out as CSV, and put that on record."""
    teams = selectors.team_rows(TeamFilters(request.GET).teams(request.user))
    services.record_export(
        of="teams",
        rows=len(teams),
        filters=request.GET.urlencode(),
        actor=request.user,
        now=timezone.now(),
    )
    return csv_response("teams.csv", header=HEADER, rows=map(_row, teams))


def _row(row: TeamRow) -> Sequence[Cell]:
    team = row.team
    return (
        team.name,
        team.slug,
        team.kind,
        team.parent.slug if team.parent else "",
        team.zone,
        team.country,
        row.owned,
        ", ".join(row.leads),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Create a team and lead to its members."""
    policies.require_writer(request.user)
    parent = selectors.teams_visible_to(request.user).filter(slug=request.GET.get("under", ""))
    form = TeamForm(
        request.POST or None, initial={"parent": parent.first(), "zone": request.user.zone}
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and (team := form.create(actor=request.user, now=timezone.now()))
    ):
        messages.success(request, f"{team} is created. Who is in it?")
        return redirect("team-members", team.slug)
    return render(request, "catalogue/team_new.html", {"form": form, "zones": ZONES})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Change everything about a team but its members."""
    team = get_object_or_404(selectors.teams_visible_to(request.user), slug=slug)
    policies.require(request.user, policies.CHANGE_TEAM, team)
    form = TeamChangeForm(request.POST or None, initial=TeamChangeForm.initial_of(team))
    if (
        request.method == "POST"
        and form.is_valid()
        and form.change(team, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{form.cleaned_data['name']} is saved.")
        return redirect(team)
    context = {"team": team, "form": form, "zones": ZONES}
    return render(request, "catalogue/team_edit.html", context)

"""Who is in a team: everybody sees it, leads and operations change it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.http import SignedInRequest
from portal.accounts.models import User
from portal.catalogue import policies, selectors, services
from portal.catalogue.forms.teams import MemberForm, RoleForm
from portal.catalogue.models import Membership, Team, TeamRole
from portal.catalogue.services.members import LastLeadError


def _team(request: SignedInRequest, slug: str) -> Team:
    visible = selectors.with_people(selectors.teams_visible_to(request.user))
    return get_object_or_404(visible, slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the members of a team, or add one."""
    team = _team(request, slug)
    form = MemberForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.add(team, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{form.cleaned_data['person']} is in {team}.")
        return redirect("team-members", team.slug)
    context = {
        "team": team,
        "form": form,
        "can_change": policies.allows(request.user, policies.CHANGE_TEAM, team),
        "roles": TeamRole,
    }
    return render(request, "catalogue/members.html", context)


@require_POST
def change(request: SignedInRequest, slug: str, person: int) -> HttpResponse:
    """Make a member lead, or a lead member."""
    membership = get_object_or_404(_team(request, slug).memberships.all(), user=person)
    form = RoleForm(request.POST)
    form.is_valid()
    role = form.cleaned_data.get("role", TeamRole(membership.role))
    return _tried(
        request,
        membership,
        lambda team, who: services.change_member(
            team=team, person=who, role=role, actor=request.user, now=timezone.now()
        ),
        f"{membership.user} is {role.label.lower()}.",
    )


@require_POST
def remove(request: SignedInRequest, slug: str, person: int) -> HttpResponse:
    """Take somebody out of a team; adding them again is the way back."""
    membership = get_object_or_404(_team(request, slug).memberships.all(), user=person)
    return _tried(
        request,
        membership,
        lambda team, who: services.remove_member(
            team=team, person=who, actor=request.user, now=timezone.now()
        ),
        f"{membership.user} left {membership.team}.",
    )


def _tried(
    request: SignedInRequest,
    membership: Membership,
    change_it: Callable[[Team, User], object],
    done: str,
) -> HttpResponse:
    try:
        change_it(membership.team, membership.user)
    except LastLeadError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("team-members", membership.team.slug)

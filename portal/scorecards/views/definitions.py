"""What a scorecard says: reading it, trying another text, saving it, and going back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.http import SignedInRequest
from portal.catalogue.forms.base import retype
from portal.scorecards import policies
from portal.scorecards.forms import DefinitionForm
from portal.scorecards.models import Scorecard
from portal.scorecards.rules.reading import DefinitionError, Problem, read_definition
from portal.scorecards.rules.registry import CHECKS
from portal.scorecards.selectors.judging import dry_run
from portal.scorecards.selectors.scorecards import scorecards_visible_to, versions_of
from portal.scorecards.services import definitions as services

LINES_AROUND = 4
TEMPLATE = """\
scorecard: its-short-name
title: Its title
why: What goes wrong without it.
levels: [bronze, silver, gold]
rules:
  - id: has-owner
    level: bronze
    why: Nobody answers for what nobody owns.
    check: has_owner
"""


@require_safe
def show(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the rules of a scorecard, their text, and every version of it."""
    scorecard = _scorecard(request, slug)
    versions = versions_of(scorecard)
    asked = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.number) == asked), scorecard.current)
    context = {
        "scorecard": scorecard,
        "definition": shown.definition if shown else scorecard.definition,
        "shown": shown,
        "versions": versions,
        "may_change": policies.allows(request.user, policies.CHANGE_SCORECARD),
    }
    return render(request, "scorecards/definition.html", context)


@require_safe
def export(request: SignedInRequest, slug: str) -> HttpResponse:
    """Hand out the text that counts, as a file for the repository."""
    scorecard = _scorecard(request, slug)
    text = scorecard.current.text if scorecard.current else ""
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}.yaml"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Try another text for a scorecard, or save it as a new version."""
    scorecard = _scorecard(request, slug)
    policies.require(request.user, policies.CHANGE_SCORECARD)
    current = scorecard.current
    initial = {
        "text": current.text if current else "",
        "seen": current.number if current else 0,
    }
    form = DefinitionForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"scorecard": scorecard}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            services.require_slug(scorecard, text)
            if "save" not in request.POST:
                context["effect"] = dry_run(scorecard, read_definition(text), now=timezone.now())
            elif form.require_reason():
                services.change_scorecard(
                    scorecard=scorecard,
                    text=text,
                    reason=form.cleaned_data["reason"],
                    seen=form.cleaned_data["seen"] or 0,
                    actor=request.user,
                    now=timezone.now(),
                )
                messages.success(request, "Saved. Applications are being judged anew.")
                return redirect("scorecard-definition", slug=slug)
        except DefinitionError as error:
            context |= _told(text, error.problems)
        except services.RewrittenMeanwhileError as error:
            form.add_error(None, f"{error} Look at it, then save again to put yours in its place.")
            retype(form, "seen", str(error.version.number))
    return _form(request, form, context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Begin a scorecard of the company's own."""
    policies.require(request.user, policies.CHANGE_SCORECARD)
    form = DefinitionForm(request.POST or None, initial={"text": TEMPLATE})
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            definition = read_definition(text)
            if "save" not in request.POST:
                context["effect"] = dry_run(
                    Scorecard(slug=definition.slug), definition, now=timezone.now()
                )
            elif form.require_reason():
                scorecard = services.create_scorecard(
                    text=text,
                    reason=form.cleaned_data["reason"],
                    actor=request.user,
                    now=timezone.now(),
                )
                messages.success(request, f"{scorecard} is there. Applications are being judged.")
                return redirect(scorecard)
        except DefinitionError as error:
            context |= _told(text, error.problems)
        except services.ScorecardExistsError as error:
            form.add_error("text", str(error))
    return _form(request, form, context)


@require_POST
def reset(request: SignedInRequest, slug: str) -> HttpResponse:
    """Go back to the text that came with the portal."""
    scorecard = _scorecard(request, slug)
    reason = request.POST.get("reason", "").strip()[:300]
    try:
        services.reset_scorecard(
            scorecard=scorecard,
            reason=reason or "Back to what came with the portal.",
            actor=request.user,
            now=timezone.now(),
        )
    except services.NotShippedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "What came with the portal counts again.")
    return redirect("scorecard-definition", slug=slug)


def _form(request: SignedInRequest, form: DefinitionForm, context: dict[str, Any]) -> HttpResponse:
    context |= {"form": form, "checks": list(CHECKS.values())}
    return render(request, "scorecards/edit.html", context)


def _told(text: str, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what is wrong beside its lines, each with a few lines around it.

    A line comes as number, text, problems, and whether lines before it are left out.
    """
    by_line: dict[int, list[Problem]] = {}
    for problem in problems:
        by_line.setdefault(problem.line, []).append(problem)
    shown = [
        (number, line, by_line.get(number, []))
        for number, line in enumerate(text.splitlines() or [""], start=1)
        if any(abs(number - wrong) <= LINES_AROUND for wrong in by_line)
    ]
    before = [0, *(number for number, _, _ in shown)]
    lines = [
        (*line, line[0] > previous + 1) for line, previous in zip(shown, before, strict=False)
    ]
    return {"problems": problems, "lines": lines}


def _scorecard(request: SignedInRequest, slug: str) -> Scorecard:
    return get_object_or_404(scorecards_visible_to(request.user), slug=slug)

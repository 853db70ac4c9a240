"""Pasting or uploading descriptors: all errors at once, then the difference, then applying it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.accounts.http import SignedInRequest
from portal.catalogue import policies
from portal.descriptors.forms import ImportForm
from portal.descriptors.plans.compare import Action, Plan, Source
from portal.descriptors.plans.showing import shown_findings, shown_steps, summary
from portal.descriptors.reading.files import File
from portal.descriptors.services.applying import Origin, PlanChangedError, apply_draft
from portal.descriptors.services.drafts import Draft, draft_of

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was pasted, and what would become of it."""

    text: str
    draft: Draft
    plan: Plan

    def context(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        return {
            "errors": shown_findings(self.draft.errors, text=self.text, most=MOST_SHOWN),
            "notes": shown_findings(self.draft.notes, most=MOST_SHOWN),
            "number_of_errors": len(self.draft.errors),
            "plan": self.plan,
            "steps": shown_steps(self.plan, most=MOST_SHOWN),
            "kept": self.draft.kept,
            "summary": summary(self.plan),
            "more": max(len(shown_steps(self.plan)) - MOST_SHOWN, 0),
            "has_conflicts": self.plan.count(Action.CONFLICT),
        }


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Check what is pasted, show what would change, and apply what was seen."""
    policies.require_writer(request.user)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    file = form.file
    source = Source(takes_over=form.cleaned_data["force"])
    draft = draft_of([file], request.user, source)
    plan = draft.plan
    seen = form.cleaned_data["fingerprint"]
    if "apply" in request.POST and seen and not draft.errors:
        try:
            done = apply_draft(
                draft=draft,
                actor=request.user,
                now=timezone.now(),
                fingerprint=seen,
                origin=Origin(source, f"pasted by {request.user.email}"),
            )
        except PlanChangedError as error:
            messages.warning(request, str(error))
            plan = error.plan
        else:
            messages.success(request, summary(done))
            return redirect("applications")
    return _page(request, form, _Checked(_text(file), draft, plan))


def _page(
    request: SignedInRequest, form: ImportForm, checked: _Checked | None = None
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "checked": checked}
    if checked is not None:
        # The text comes back to be mended, whether it was pasted or uploaded.
        values = {
            "text": checked.text,
            "force": form.cleaned_data["force"],
            "fingerprint": checked.plan.fingerprint,
        }
        context |= checked.context() | {"form": ImportForm(initial=values)}
    return render(request, "descriptors/import.html", context)


def _text(file: File) -> str:
    content = file.content
    return content if isinstance(content, str) else content.decode("utf-8-sig", errors="replace")

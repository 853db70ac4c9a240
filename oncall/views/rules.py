"""The rules of rest and load: each with its why, what it catches now, and its limits."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oncall import policies
from oncall.forms.rules import RuleForm
from oncall.rules import BY_KEY
from oncall.selectors import load_rules as selectors
from oncall.services import rules as services
from portal.accounts.http import SignedInRequest
from portal.accounts.policies import can_write


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Show every rule with its why and what of a team's next four weeks breaks it."""
    now = timezone.now()
    teams = selectors.teams_judged_for(request.user)
    team = next((one for one in teams if one.slug == request.GET.get("team")), None)
    team = team or next(iter(teams), None)
    context = {
        "lines": selectors.lines(team, now=now),
        "teams": teams,
        "team": team,
        "weeks": selectors.WEEKS,
        "may_change": policies.allows(request.user, policies.CHANGE_RULES),
        "may_sign": can_write(request.user),
        "opt_out": selectors.opt_out_of(request.user),
        "now": now,
    }
    return render(request, "oncall/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, key: str) -> HttpResponse:
    """Set the limit of a rule and what follows."""
    rule = BY_KEY.get(key)
    if rule is None:
        raise Http404(f"There is no rule {key}.")
    policies.require(request.user, policies.CHANGE_RULES)
    form = RuleForm(request.POST or None, rule=rule, limit=selectors.limit_of(rule))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            services.change_rule(
                key=key,
                threshold=chosen.get("threshold"),
                severity=chosen["severity"],
                reason=chosen["reason"],
                actor=request.user,
                now=timezone.now(),
            )
        except services.RuleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Set. It counts from now on.")
            return redirect("oncall-rules")
    return render(request, "oncall/rule_edit.html", {"rule": rule, "form": form})


@require_POST
def opt_out(request: SignedInRequest) -> HttpResponse:
    """Sign the opt-out from the limit of weekly hours, or take it back."""
    is_signing = request.POST.get("sign") == "yes"
    service = services.sign_opt_out if is_signing else services.withdraw_opt_out
    try:
        service(actor=request.user, now=timezone.now())
    except services.RuleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Signed." if is_signing else "Taken back.")
    return redirect("oncall-rules")

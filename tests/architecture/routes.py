"""The one table of all routes and who gets in: pages and operations of the API, by role.

**A route without a row fails the build.** To add a route, add one line to `ROUTES`:

    "GET apps/<slug:slug>/budget/": EVERYBODY,
    "GET POST apps/<slug:slug>/budget/edit/": WORKERS,
    "POST api/v1/applications/<slug:slug>/budgets/": api(WORKERS, Scope.CATALOGUE_WRITE, {"name": "B"}),

The key is the methods and the pattern as `urls.py` has it; a route whose methods differ in who gets
in has a row for each. The value is an `Access`: which roles get in, what the others meet, and for an
operation of the API the scope that a token needs and a body that is valid (so that what is tested
is the policy, not the validation). Give a page that validates before it asks the policy its
fields with `row(WORKERS, {"title": "..."})`.

A new converter gets its value in `parameters`, by the part of the pattern that ends with it.

Roles of the world: member (Bob) and lead (Alice) of Acquiring, which owns `checkout`; outsider
(Charlie, of Lending); operations (Olive); executive (Eve); auditor (Audrey). Tokens: a member's
personal token with each single scope, a pipeline's of `checkout` and one of Lending's `loans`,
each with all scopes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from kpis.models import Deployment, DeploymentStatus, Incident
from portal.api.types import Scope
from portal.audit.adapters.keys import KeyFolder
from portal.audit.models import Entry
from portal.audit.services.sequencing import sequence
from portal.catalogue.models import DependencyKind, Tier, TransferSide
from portal.catalogue.services import (
    add_dependency,
    change_application,
    create_system,
    request_transfer,
)
from portal.descriptors.models import Description, RunState
from portal.integrations.models import HistoryImport, ImportState, ReceivedEvent, RefusedEvent
from tests.api.tokens import personal_token, pipeline_token
from tests.architecture.calls import oncall_calendar, oncall_trades, oncall_who
from tests.architecture.calls.descriptors import run
from tests.architecture.calls.notifications import failed
from tests.architecture.calls.oncall import holiday
from tests.architecture.calls.oncall_claims import asked as asked_exception
from tests.architecture.calls.oncall_pay import callout
from tests.architecture.calls.scorecards import asked, initiative
from tests.conftest import NOW
from tests.factories import ApplicationFactory
from tests.notifications.scene import notice, way

ROLES = ("member", "lead", "outsider", "operations", "executive", "auditor")
PEOPLE = {
    "member": "bob",
    "lead": "alice",
    "outsider": "charlie",
    "operations": "olive",
    "executive": "eve",
    "auditor": "audrey",
}


@dataclass(frozen=True)
class Access:
    """Who gets in. Others who are signed in are refused (403), or find nothing (404) if hidden.

    `pipeline` says what the pipelines get: `own`, the application's own gets in and another's
    finds nothing; `any`, both get in and see what is theirs; `none`, both are refused; `person`,
    the own is refused, as it needs a person, and another's finds nothing; `member`, the own gets
    in, and another's is told that what its body names is not there (400).
    """

    allowed: frozenset[str]
    is_public: bool = False
    is_hidden: bool = False
    # Who of the others finds nothing, where the rest of them are refused.
    hidden_from: frozenset[str] = frozenset()
    scope: Scope | None = None
    pipeline: str = "none"
    body: Mapping[str, Any] | None = None
    # Whether what is not there is a 404; a question about news has an answer all the same.
    has_missing: bool = True
    # Whether a session opens it too; the door for events takes tokens alone.
    by_session: bool = True
    # What a member's token with another scope than `scope` meets, if it is not refused.
    others: Mapping[Scope, str] = field(default_factory=dict)


def only(*roles: str) -> Access:
    return Access(frozenset(roles))


def row(access: Access, body: Mapping[str, Any]) -> Access:
    """Return the access with the fields that its form needs."""
    return replace(access, body=body)


def hidden(access: Access) -> Access:
    """Return the access with others not even told that there is something."""
    return replace(access, is_hidden=True)


def hidden_from_outsiders(access: Access) -> Access:
    """Return the access with only outsiders not told that there is something."""
    return replace(access, hidden_from=frozenset({"outsider"}))


def api(
    access: Access,
    scope: Scope,
    body: Mapping[str, Any] | None = None,
    *,
    pipeline: str = "own",
) -> Access:
    """Return the access of an operation of the API."""
    return replace(access, scope=scope, body=body, pipeline=pipeline)


PUBLIC = Access(frozenset(ROLES), is_public=True)
EVERYBODY = only(*ROLES)
WRITERS = only("member", "lead", "outsider", "operations")
WORKERS = only("member", "lead", "operations")
LEADS = only("lead", "operations")
OPERATIONS = only("operations")
TRAIL = only("operations", "auditor")
TEAM_AND_OVERSEERS = only("member", "lead", "operations", "executive", "auditor")

READ, WRITE = Scope.CATALOGUE_READ, Scope.CATALOGUE_WRITE
APP = "api/v1/applications/<slug:slug>/"
NOTICES, NOTICES_WRITE = Scope.NOTIFICATIONS_READ, Scope.NOTIFICATIONS_WRITE
OWN_NOTICE = api(hidden(only("member")), NOTICES_WRITE, pipeline="none")
# The request is checked before the person is, so it is one that can be, for years.
COMING = {"starts_at": "2098-03-04T17:30:00Z", "ends_at": "2098-03-05T09:00:00Z"}
LAYERS = {
    "starts_at": f"{NOW:%Y-%m-%dT%H:%M}Z",
    "layers": [
        {"name": "Primary", "turns": [["bob@example.com"]], "begins_on": f"{NOW:%Y-%m-%d}"}
    ],
}
CLAIM = "apps/<slug:slug>/oncall/claim/"
WHY = {"reason": "The reorganisation of spring."}
DESCRIPTORS = {
    "files": [
        {
            "name": "catalog-info.yaml",
            "content": "apiVersion: backstage.io/v1alpha1\nkind: Component\n"
            "metadata: {name: checkout, title: Till}\n"
            "spec: {type: service, lifecycle: production, owner: acquiring}\n",
        }
    ]
}

ROUTES: Mapping[str, Access] = {
    # --- Machines and the way in -------------------------------------------------------------
    "GET healthz/live": PUBLIC,
    "GET healthz/ready": PUBLIC,
    "GET metrics": PUBLIC,
    "GET POST accounts/login/": PUBLIC,
    "GET POST accounts/logout/": PUBLIC,
    "GET accounts/inactive/": PUBLIC,
    "GET POST accounts/signup/": PUBLIC,
    "GET POST accounts/password/reset/": PUBLIC,
    "GET accounts/password/reset/sent/": PUBLIC,
    "GET POST accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/": PUBLIC,
    "GET accounts/password/reset/done/": PUBLIC,
    # --- Oneself -----------------------------------------------------------------------------
    "GET POST profile/": EVERYBODY,
    "POST profile/theme/": EVERYBODY,
    "GET POST accounts/password/": EVERYBODY,
    "GET POST accounts/password/set/": EVERYBODY,
    # Of somebody else's token nobody is told; a pipeline's belong to the application.
    # --- Notices: everybody has an inbox, and nobody sees another's --------------------------
    "GET inbox/": EVERYBODY,
    "POST inbox/read-all/": EVERYBODY,
    "POST inbox/undo/": EVERYBODY,
    "GET inbox/<int:pk>/": hidden(only("member")),
    "POST inbox/<int:pk>/mark/": hidden(only("member")),
    "GET account/contacts/": EVERYBODY,
    "GET account/contacts/new/<slug:kind>/": EVERYBODY,
    "POST account/contacts/new/<slug:kind>/": row(EVERYBODY, {"address": "me@example.com"}),
    "GET POST account/contacts/<int:pk>/": hidden(only("member")),
    "POST account/contacts/<int:pk>/test/": hidden(only("member")),
    "POST account/contacts/<int:pk>/answer/": hidden(only("member")),
    "POST account/contacts/<int:pk>/earlier/": hidden(only("member")),
    "GET POST account/contacts/<int:pk>/remove/": hidden(only("member")),
    "GET POST account/notifications/": EVERYBODY,
    "GET POST account/quiet-hours/": EVERYBODY,
    "GET account/deliveries/": EVERYBODY,
    "GET deliveries/": TRAIL,
    "GET deliveries/<int:pk>/": hidden(only("member", "operations", "auditor")),
    "POST deliveries/<int:pk>/retry/": hidden(only("member", "operations")),
    "GET POST profile/tokens/": EVERYBODY,
    "GET POST profile/tokens/<int:pk>/revoke/": hidden(only("member")),
    "GET POST apps/<slug:slug>/tokens/": WORKERS,
    "GET POST apps/<slug:slug>/tokens/<int:pk>/revoke/": WORKERS,
    # --- The catalogue -----------------------------------------------------------------------
    "GET apps/": EVERYBODY,
    "GET apps/export.csv": EVERYBODY,
    "GET POST apps/new/": WRITERS,
    "GET POST apps/import/": WRITERS,
    "GET apps/catalog-info.yaml": EVERYBODY,
    "GET apps/<slug:slug>/catalog-info.yaml": EVERYBODY,
    "GET teams/<slug:slug>/catalog-info.yaml": EVERYBODY,
    "GET systems/<slug:slug>/catalog-info.yaml": EVERYBODY,
    "GET apps/new/address/": EVERYBODY,
    "GET POST apps/<slug:slug>/edit/": WORKERS,
    "GET POST apps/<slug:slug>/environments/new/": WORKERS,
    "GET POST apps/<slug:slug>/environments/<slug:environment>/edit/": WORKERS,
    "GET POST apps/<slug:slug>/repositories/new/": WORKERS,
    "GET POST apps/<slug:slug>/repositories/<int:repository>/edit/": WORKERS,
    "GET teams/": EVERYBODY,
    "GET teams/export.csv": EVERYBODY,
    "GET POST teams/new/": WRITERS,
    "GET POST teams/<slug:slug>/edit/": LEADS,
    "GET teams/<slug:slug>/members/": EVERYBODY,
    "POST teams/<slug:slug>/members/": row(
        LEADS, {"person": "charlie@example.com", "role": "MEMBER"}
    ),
    "POST teams/<slug:slug>/members/<int:person>/": row(LEADS, {"role": "LEAD"}),
    "POST teams/<slug:slug>/members/<int:person>/remove/": LEADS,
    "GET options/teams/": EVERYBODY,
    "GET options/people/": EVERYBODY,
    "GET apps/<slug:slug>/ownership/": EVERYBODY,
    "GET POST apps/<slug:slug>/claim/": WRITERS,
    "POST apps/<slug:slug>/attest/": only("member", "lead"),
    "GET POST apps/<slug:slug>/release/": WORKERS,
    "GET POST apps/<slug:slug>/transfer/": WRITERS,
    "GET transfers/<int:number>/": EVERYBODY,
    # Alice offered it to Lending, so it is Charlie who answers.
    "POST transfers/<int:number>/accept/": only("outsider"),
    "POST transfers/<int:number>/decline/": row(only("outsider"), WHY),
    "POST transfers/<int:number>/withdraw/": WORKERS,
    "GET POST apps/<slug:slug>/retire/": WORKERS,
    "GET POST apps/<slug:slug>/revive/": WORKERS,
    "GET apps/<slug:slug>/dependencies/": EVERYBODY,
    "POST apps/<slug:slug>/dependencies/": WORKERS,
    "GET POST apps/<slug:slug>/dependencies/<int:dependency>/edit/": WORKERS,
    "POST apps/<slug:slug>/dependencies/<int:dependency>/remove/": WORKERS,
    "POST apps/<slug:slug>/environments/<slug:environment>/retire/": WORKERS,
    "POST apps/<slug:slug>/environments/<slug:environment>/revive/": WORKERS,
    "GET systems/": EVERYBODY,
    "GET POST systems/new/": WRITERS,
    "GET systems/<slug:slug>/": EVERYBODY,
    "GET POST systems/<slug:slug>/edit/": WORKERS,
    "GET options/systems/": EVERYBODY,
    "GET options/applications/": EVERYBODY,
    # --- Facts and KPIs ----------------------------------------------------------------------
    "GET kpis/definitions/": EVERYBODY,
    "GET kpis/onboarding/": EVERYBODY,
    "GET kpis/<str:scope>/<slug:slug>/charts.json": EVERYBODY,
    "GET kpis/<str:scope>/<slug:slug>/fresh/": replace(EVERYBODY, has_missing=False),
    "GET kpis/<str:word>/<slug:slug>/deployments/": EVERYBODY,
    "GET kpis/<str:word>/<slug:slug>/changes/": EVERYBODY,
    "GET kpis/<str:word>/<slug:slug>/incidents/": EVERYBODY,
    "GET deployments/<int:pk>/": EVERYBODY,
    "GET POST apps/<slug:slug>/incidents/new/": WORKERS,
    "GET incidents/<int:pk>/": EVERYBODY,
    "GET POST incidents/<int:pk>/edit/": WORKERS,
    "POST incidents/<int:pk>/resolve/": row(WORKERS, {"resolved_at": "2026-03-04T11:30:00"}),
    "POST incidents/<int:pk>/reopen/": WORKERS,
    "POST incidents/<int:pk>/correct/": row(WORKERS, {"cause": "none", "reason": "The network."}),
    # --- What comes in -----------------------------------------------------------------------
    "GET POST apps/<slug:slug>/import/": WORKERS,
    "GET apps/<slug:slug>/import/tags/": WORKERS,
    "GET imports/<int:pk>/": EVERYBODY,
    "POST imports/<int:pk>/cancel/": WORKERS,
    "POST imports/<int:pk>/again/": WORKERS,
    "GET apps/<slug:slug>/events/": EVERYBODY,
    "GET events/": EVERYBODY,
    "POST events/replay/": WORKERS,
    "GET events/<uuid:public_id>/": EVERYBODY,
    "POST events/<uuid:public_id>/replay/": WORKERS,
    "GET events/refused/<uuid:public_id>/": EVERYBODY,
    "GET apps/<slug:slug>/as-code/": EVERYBODY,
    # Bob set the synchronisation up, so it reads with his rights.
    "GET descriptors/": EVERYBODY,
    "GET POST descriptors/new/": WRITERS,
    "GET descriptors/<slug:slug>/": EVERYBODY,
    "GET POST descriptors/<slug:slug>/edit/": only("member", "operations"),
    "POST descriptors/<slug:slug>/run/": only("member", "operations"),
    "POST descriptors/<slug:slug>/pause/": only("member", "operations"),
    "GET descriptors/<slug:slug>/runs/<int:pk>/": EVERYBODY,
    "POST descriptors/<slug:slug>/runs/<int:pk>/apply/": only("member", "operations"),
    "POST descriptors/<slug:slug>/kept/<int:pk>/": only("member", "operations"),
    # --- Scorecards --------------------------------------------------------------------------
    "GET scorecards/": EVERYBODY,
    "GET POST scorecards/new/": OPERATIONS,
    "GET scorecards/<slug:slug>/": EVERYBODY,
    "GET scorecards/<slug:slug>/charts.json": EVERYBODY,
    "GET scorecards/<slug:slug>/export.csv": EVERYBODY,
    "GET scorecards/<slug:slug>/definition/": EVERYBODY,
    "GET scorecards/<slug:slug>/definition.yaml": EVERYBODY,
    "GET POST scorecards/<slug:slug>/edit/": OPERATIONS,
    "POST scorecards/<slug:slug>/reset/": row(OPERATIONS, {"reason": "As it was."}),
    # The page asks whether there is any team for whom one may; its service, whether it is this one.
    "GET POST scorecards/<slug:slug>/initiatives/new/": LEADS,
    "GET apps/<slug:slug>/scorecards/": EVERYBODY,
    "GET apps/<slug:slug>/scorecards/card/": EVERYBODY,
    "GET POST apps/<slug:slug>/scorecards/<slug:scorecard>/<slug:rule>/exemption/": WORKERS,
    "GET teams/<slug:slug>/scorecards/card/": EVERYBODY,
    "GET exemptions/": EVERYBODY,
    "GET exemptions/<int:pk>/": EVERYBODY,
    # Bob asked for it, so a second person decides.
    "POST exemptions/<int:pk>/approve/": LEADS,
    "POST exemptions/<int:pk>/reject/": row(LEADS, {"answer": "Write it."}),
    "POST exemptions/<int:pk>/revoke/": row(WORKERS, {"answer": "It is written."}),
    "GET initiatives/": EVERYBODY,
    "GET initiatives/<int:pk>/": EVERYBODY,
    "GET initiatives/<int:pk>/charts.json": EVERYBODY,
    # It is Alice's.
    "GET POST initiatives/<int:pk>/edit/": LEADS,
    "POST initiatives/<int:pk>/announce/": LEADS,
    "POST initiatives/<int:pk>/cancel/": LEADS,
    # --- On-call: who ------------------------------------------------------------------------
    "GET oncall/": EVERYBODY,
    "GET oncall/badge/<slug:slug>.svg": EVERYBODY,
    "GET POST oncall/feeds/": EVERYBODY,
    # Of somebody else's feed nobody is told.
    "POST oncall/feeds/<int:pk>/revoke/": hidden(only("member")),
    "GET oncall/feeds/<str:token>.ics": PUBLIC,
    "GET oncall/feeds/<str:token>/<slug:slug>.svg": PUBLIC,
    "GET apps/<slug:slug>/oncall/": EVERYBODY,
    "GET apps/<slug:slug>/oncall/card/": EVERYBODY,
    "GET teams/<slug:slug>/oncall/card/": EVERYBODY,
    "GET api/v1/on-call/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="none"),
    "GET api/v1/rotas/<slug:slug>/on-call/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="none"),
    f"GET {APP}on-call/": api(EVERYBODY, Scope.ONCALL_READ),
    # --- On-call: the calendar and what is mended in it --------------------------------------
    "GET oncall/calendar/": EVERYBODY,
    "GET oncall/mine/": EVERYBODY,
    "GET POST oncall/rotas/<slug:slug>/override/": LEADS,
    "GET oncall/rotas/<slug:slug>/overrides/": EVERYBODY,
    "POST oncall/overrides/<int:pk>/cancel/": LEADS,
    "GET POST oncall/leave/": EVERYBODY,
    "GET POST oncall/leave/import/": EVERYBODY,
    # Bob is away; only who may take it back is told that it is there.
    "POST oncall/leave/<int:pk>/cancel/": hidden(WORKERS),
    "GET oncall/gaps/": EVERYBODY,
    "GET oncall/gaps/export.csv": EVERYBODY,
    "GET POST oncall/gaps/<int:pk>/accept/": LEADS,
    # --- On-call: trades. Bob asks Fay, so a lead or operations answer for her ---------------
    "GET oncall/swaps/": EVERYBODY,
    "GET oncall/swaps/<int:pk>/": hidden(
        only("member", "lead", "operations", "executive", "auditor")
    ),
    "POST oncall/swaps/<int:pk>/accept/": hidden_from_outsiders(row(LEADS, {"which": "whole"})),
    "POST oncall/swaps/<int:pk>/decline/": hidden_from_outsiders(LEADS),
    "POST oncall/swaps/<int:pk>/withdraw/": hidden_from_outsiders(WORKERS),
    "POST oncall/swaps/<int:pk>/approve/": hidden_from_outsiders(LEADS),
    "POST oncall/swaps/<int:pk>/refuse/": hidden_from_outsiders(LEADS),
    "GET POST oncall/shifts/<int:pk>/swap/": WORKERS,
    "GET POST oncall/gaps/<int:pk>/cover/": WORKERS,
    "GET oncall/rules/": EVERYBODY,
    "POST oncall/rules/opt-out/": row(WRITERS, {"sign": "yes"}),
    "GET POST oncall/rules/<slug:key>/edit/": OPERATIONS,
    # PAY: work while on call, pay, fairness, hand-over, load.
    "GET oncall/callouts/": EVERYBODY,
    "POST oncall/callouts/": WORKERS,
    "GET POST oncall/callouts/<int:pk>/correct/": hidden(WORKERS),
    "POST oncall/callouts/<int:pk>/strike/": hidden(WORKERS),
    # Of a foreign team there is nothing to compare.
    "GET oncall/fairness/": EVERYBODY,
    "GET oncall/fairness/export.csv": hidden(only("member", "lead")),
    "GET oncall/load/": EVERYBODY,
    "GET oncall/handover/": EVERYBODY,
    "POST oncall/handover/wish/": EVERYBODY,
    "GET oncall/rotas/<slug:slug>/handover/": hidden(TEAM_AND_OVERSEERS),
    "POST oncall/rotas/<slug:slug>/handover/": hidden(WORKERS),
    "GET oncall/pay/": EVERYBODY,
    "GET POST oncall/pay/schemes/": OPERATIONS,
    "GET POST oncall/pay/grades/": OPERATIONS,
    # Bob sees his own lines, an outsider nothing.
    "GET oncall/pay/<slug:slug>/<str:month>/": hidden(TEAM_AND_OVERSEERS),
    "GET oncall/pay/<slug:slug>/<str:month>/export.csv": hidden(TEAM_AND_OVERSEERS),
    "GET oncall/pay/<slug:slug>/<str:month>/export.xlsx": hidden(TEAM_AND_OVERSEERS),
    "POST oncall/pay/<slug:slug>/<str:month>/approve/": hidden(LEADS),
    # On-call: claims. The claim of `checkout` is in preparation; Bob asked for an exception.
    "GET oncall/ownership/": EVERYBODY,
    "GET oncall/ownership/export.csv": EVERYBODY,
    f"GET {CLAIM}": EVERYBODY,
    f"GET {CLAIM}figures/": EVERYBODY,
    f"POST {CLAIM}interest/": only("member", "lead"),
    f"GET POST {CLAIM}rota/": only("lead"),
    f"POST {CLAIM}shadow/": only("lead"),
    f"POST {CLAIM}word/": row(WORKERS, {"side": "TAKER"}),
    f"GET POST {CLAIM}back/": only("lead"),
    f"POST {CLAIM}stay/": WORKERS,
    f"POST {CLAIM}check/": WORKERS,
    f"GET POST {CLAIM}evidence/": WORKERS,
    f"GET POST {CLAIM}exception/<slug:item>/": WORKERS,
    "POST oncall/exceptions/<int:pk>/approve/": OPERATIONS,
    "POST oncall/exceptions/<int:pk>/end/": WORKERS,
    "GET api/v1/claims/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="any"),
    f"GET {APP}oncall-claim/": api(EVERYBODY, Scope.ONCALL_READ),
    f"POST {APP}oncall-claim/evidence/": api(
        WORKERS,
        Scope.ONCALL_WRITE,
        {"kind": "alerts_tested", "done_on": "2026-03-01"},
        pipeline="person",
    ),
    f"POST {APP}oncall-claim/word/": api(
        WORKERS, Scope.ONCALL_WRITE, {"side": "taker"}, pipeline="person"
    ),
    # --- On-call: rotas -----------------------------------------------------------------------
    "GET oncall/rotas/": EVERYBODY,
    "GET oncall/rotas/export.csv": EVERYBODY,
    "GET POST oncall/rotas/new/": LEADS,
    "GET oncall/rotas/<slug:slug>/": EVERYBODY,
    "GET POST oncall/rotas/<slug:slug>/edit/": LEADS,
    "GET POST oncall/rotas/<slug:slug>/settings/": LEADS,
    "GET POST oncall/rotas/<slug:slug>/retire/": LEADS,
    "POST oncall/rotas/<slug:slug>/central/": OPERATIONS,
    # --- On-call: bank holidays --------------------------------------------------------------
    "GET oncall/holidays/": EVERYBODY,
    "POST oncall/holidays/": row(OPERATIONS, {"country": "FR"}),
    "GET oncall/holidays/<slug:slug>/": EVERYBODY,
    "POST oncall/holidays/<slug:slug>/": row(
        OPERATIONS, {"day": "2026-06-15", "name": "Founding Day"}
    ),
    "POST oncall/holidays/<slug:slug>/take/": row(OPERATIONS, {"year": "2030"}),
    "POST oncall/holidays/<slug:slug>/<int:pk>/strike/": OPERATIONS,
    "POST oncall/holidays/<slug:slug>/<int:pk>/restore/": OPERATIONS,
    # --- Pages made of all of these ----------------------------------------------------------
    "GET ": EVERYBODY,
    "GET search/": EVERYBODY,
    "GET company/": EVERYBODY,
    "GET apps/<slug:slug>/": EVERYBODY,
    "GET apps/<slug:slug>/checklist/": EVERYBODY,
    "GET POST apps/<slug:slug>/first-deployment/": WORKERS,
    "GET apps/<slug:slug>/first-deployment/arrival/": EVERYBODY,
    "GET teams/<slug:slug>/": EVERYBODY,
    # --- The audit trail ---------------------------------------------------------------------
    "GET audit/": TRAIL,
    "GET audit/<int:pk>/": TRAIL,
    "GET audit/<int:pk>/receipt.txt": TRAIL,
    "GET audit/<int:pk>/body.json": TRAIL,
    "GET audit/log/": TRAIL,
    # --- The API -----------------------------------------------------------------------------
    "GET api/docs/": EVERYBODY,
    "GET api/v1/schema/": EVERYBODY,
    "GET api/v1/teams/": api(EVERYBODY, READ, pipeline="any"),
    "GET api/v1/teams/<slug:slug>/": api(EVERYBODY, READ),
    "GET api/v1/teams/<slug:slug>/members/": api(EVERYBODY, READ),
    "POST api/v1/teams/": api(
        LEADS,
        WRITE,
        {"name": "Risk", "kind": "team", "parent": "acquiring", "zone": "UTC", "country": "GB"},
        pipeline="none",
    ),
    "PATCH api/v1/teams/<slug:slug>/": api(
        LEADS, WRITE, {"description": "Tills."}, pipeline="person"
    ),
    "POST api/v1/teams/<slug:slug>/members/": api(
        LEADS, WRITE, {"email": "charlie@example.com", "role": "member"}, pipeline="person"
    ),
    "GET api/v1/teams/<slug:slug>/members/<int:person>/": api(EVERYBODY, READ),
    "PATCH api/v1/teams/<slug:slug>/members/<int:person>/": api(
        LEADS, WRITE, {"role": "lead"}, pipeline="person"
    ),
    "DELETE api/v1/teams/<slug:slug>/members/<int:person>/": api(LEADS, WRITE, pipeline="person"),
    "GET api/v1/systems/": api(EVERYBODY, READ, pipeline="any"),
    "GET api/v1/systems/<slug:slug>/": api(EVERYBODY, READ, pipeline="any"),
    "POST api/v1/systems/": api(
        WORKERS, WRITE, {"name": "Cards", "owner": "acquiring"}, pipeline="none"
    ),
    "PATCH api/v1/systems/<slug:slug>/": api(WORKERS, WRITE, {"name": "Till"}, pipeline="none"),
    "GET api/v1/applications/": api(EVERYBODY, READ, pipeline="any"),
    "POST api/v1/applications/": api(
        WORKERS, WRITE, {"name": "Refunds", "owner": "acquiring"}, pipeline="none"
    ),
    f"GET {APP}": api(EVERYBODY, READ),
    f"PATCH {APP}": api(WORKERS, WRITE, {"tier": 2}),
    f"POST {APP}retire/": api(WORKERS, WRITE, WHY, pipeline="person"),
    f"POST {APP}revive/": api(WORKERS, WRITE, WHY, pipeline="person"),
    f"GET {APP}environments/": api(EVERYBODY, READ),
    f"POST {APP}environments/": api(WORKERS, WRITE, {"name": "Staging"}),
    f"GET {APP}environments/<slug:environment>/": api(EVERYBODY, READ),
    f"PATCH {APP}environments/<slug:environment>/": api(WORKERS, WRITE, {"name": "Live"}),
    f"POST {APP}environments/<slug:environment>/retire/": api(WORKERS, WRITE),
    f"POST {APP}environments/<slug:environment>/revive/": api(WORKERS, WRITE),
    f"GET {APP}repositories/": api(EVERYBODY, READ),
    f"POST {APP}repositories/": api(WORKERS, WRITE, {"url": "https://git.example.com/b.git"}),
    f"GET {APP}repositories/<int:repository>/": api(EVERYBODY, READ),
    f"PATCH {APP}repositories/<int:repository>/": api(WORKERS, WRITE, {"paths": ["a/**"]}),
    f"GET {APP}dependencies/": api(EVERYBODY, READ),
    f"POST {APP}dependencies/": api(WORKERS, WRITE, {"application": "ledger", "kind": "soft"}),
    f"GET {APP}dependencies/<slug:needed>/": api(EVERYBODY, READ),
    f"PATCH {APP}dependencies/<slug:needed>/": api(WORKERS, WRITE, {"kind": "soft"}),
    f"DELETE {APP}dependencies/<slug:needed>/": api(WORKERS, WRITE),
    f"GET {APP}dependents/": api(EVERYBODY, READ),
    f"GET {APP}ownership/": api(EVERYBODY, READ),
    f"POST {APP}attest/": api(only("member", "lead"), WRITE, pipeline="person"),
    f"POST {APP}claim/": api(WORKERS, WRITE, {"team": "acquiring"}, pipeline="person"),
    f"POST {APP}release/": api(WORKERS, WRITE, WHY, pipeline="person"),
    f"GET {APP}transfers/": api(EVERYBODY, READ),
    f"POST {APP}transfers/": api(
        WORKERS, WRITE, WHY | {"to_team": "lending", "side": "offer"}, pipeline="person"
    ),
    f"GET {APP}transfers/<int:transfer>/": api(EVERYBODY, READ),
    # Alice offered it to Lending, so it is Charlie who answers.
    f"POST {APP}transfers/<int:transfer>/accept/": api(only("outsider"), WRITE, pipeline="person"),
    f"POST {APP}transfers/<int:transfer>/decline/": api(
        only("outsider"), WRITE, WHY, pipeline="person"
    ),
    f"POST {APP}transfers/<int:transfer>/withdraw/": api(WORKERS, WRITE, pipeline="person"),
    "POST api/v1/events": replace(
        api(EVERYBODY, Scope.EVENTS_WRITE, pipeline="any"), by_session=False
    ),
    "GET api/v1/events/<uuid:public_id>": replace(
        api(EVERYBODY, Scope.FACTS_READ), others={Scope.EVENTS_WRITE: "hidden"}
    ),
    "GET api/v1/deployments/": api(EVERYBODY, Scope.FACTS_READ, pipeline="any"),
    "GET api/v1/deployments/<int:pk>/": api(EVERYBODY, Scope.FACTS_READ),
    "GET api/v1/changes/": api(EVERYBODY, Scope.FACTS_READ, pipeline="any"),
    "GET api/v1/incidents/": api(EVERYBODY, Scope.FACTS_READ, pipeline="any"),
    "POST api/v1/incidents/": api(
        WORKERS,
        Scope.FACTS_WRITE,
        {"application": "checkout", "title": "Cards declined"},
        pipeline="member",
    ),
    "GET api/v1/incidents/<int:pk>/": api(EVERYBODY, Scope.FACTS_READ),
    "PATCH api/v1/incidents/<int:pk>/": api(WORKERS, Scope.FACTS_WRITE, {"title": "Cards"}),
    "POST api/v1/incidents/<int:pk>/resolve/": api(WORKERS, Scope.FACTS_WRITE),
    "POST api/v1/incidents/<int:pk>/reopen/": api(WORKERS, Scope.FACTS_WRITE),
    "POST api/v1/incidents/<int:pk>/attribute/": api(
        WORKERS, Scope.FACTS_WRITE, WHY | {"deployment": None}
    ),
    "GET api/v1/descriptors": api(EVERYBODY, READ, pipeline="any"),
    "POST api/v1/descriptors/validate": api(EVERYBODY, READ, DESCRIPTORS, pipeline="any"),
    "POST api/v1/descriptors/plan": api(EVERYBODY, READ, DESCRIPTORS, pipeline="any"),
    # What somebody may not change is an error of the plan, at its line (422).
    "POST api/v1/descriptors/apply": api(EVERYBODY, WRITE, DESCRIPTORS, pipeline="any"),
    "GET api/v1/scorecards/": api(EVERYBODY, READ, pipeline="any"),
    "GET api/v1/scorecards/<slug:slug>/matrix/": api(EVERYBODY, READ, pipeline="any"),
    f"GET {APP}scorecards/": api(EVERYBODY, READ),
    "GET api/v1/notices/": api(EVERYBODY, NOTICES, pipeline="none"),
    "POST api/v1/notices/read/": api(EVERYBODY, NOTICES_WRITE, {}, pipeline="none"),
    "POST api/v1/notices/<int:notice>/read/": OWN_NOTICE,
    "POST api/v1/notices/<int:notice>/unread/": OWN_NOTICE,
    "GET api/v1/contact-ways/": api(EVERYBODY, NOTICES, pipeline="none"),
    "POST api/v1/contact-ways/": api(
        EVERYBODY, NOTICES_WRITE, {"kind": "mail", "address": "me@example.com"}, pipeline="none"
    ),
    "DELETE api/v1/contact-ways/<int:way>/": OWN_NOTICE,
    "POST api/v1/contact-ways/<int:way>/test/": OWN_NOTICE,
    "POST api/v1/contact-ways/<int:way>/answer/": replace(OWN_NOTICE, body={"code": "AAAAAAAA"}),
    "GET api/v1/deliveries/": api(EVERYBODY, NOTICES, pipeline="none"),
    "POST api/v1/deliveries/<int:delivery>/retry/": replace(
        OWN_NOTICE, allowed=frozenset({"member", "operations"})
    ),
    # On-call: rotas, for people.
    "GET api/v1/rotas/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="none"),
    "POST api/v1/rotas/": api(
        LEADS,
        Scope.ONCALL_WRITE,
        {"team": "acquiring", "name": "Weekends", **LAYERS},
        pipeline="none",
    ),
    "POST api/v1/rotas/preview/": api(
        LEADS, Scope.ONCALL_READ, {"team": "acquiring", **LAYERS}, pipeline="none"
    ),
    "GET api/v1/rotas/<slug:slug>/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="none"),
    "PATCH api/v1/rotas/<slug:slug>/": api(
        LEADS, Scope.ONCALL_WRITE, {"name": "Nights"}, pipeline="none"
    ),
    "PUT api/v1/rotas/<slug:slug>/definition/": api(
        LEADS, Scope.ONCALL_WRITE, LAYERS, pipeline="none"
    ),
    "GET api/v1/rotas/<slug:slug>/shifts/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="none"),
    "POST api/v1/rotas/<slug:slug>/retire/": api(LEADS, Scope.ONCALL_WRITE, WHY, pipeline="none"),
    # On-call: what makes the plan differ.
    "GET api/v1/rotas/<slug:slug>/overrides/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="any"),
    "POST api/v1/rotas/<slug:slug>/overrides/": api(
        LEADS,
        Scope.ONCALL_WRITE,
        {"kind": "cover", "comes": "bob@example.com", **COMING},
        pipeline="none",
    ),
    "POST api/v1/overrides/<int:pk>/cancel/": api(LEADS, Scope.ONCALL_WRITE, pipeline="none"),
    "GET api/v1/leave/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="none"),
    "POST api/v1/leave/": api(WRITERS, Scope.ONCALL_WRITE, COMING, pipeline="none"),
    "POST api/v1/leave/<int:pk>/cancel/": hidden(
        api(WORKERS, Scope.ONCALL_WRITE, pipeline="none")
    ),
    "GET api/v1/gaps/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="none"),
    "POST api/v1/gaps/<int:pk>/accept/": api(
        LEADS, Scope.ONCALL_WRITE, {"note": "Everybody is in."}, pipeline="none"
    ),
    # On-call: trades, as people.
    "GET api/v1/swaps/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="none"),
    # Who may ask depends on the shift, and here there is none: test_api asks of one.
    "POST api/v1/swaps/": api(
        EVERYBODY, Scope.ONCALL_WRITE, {"shift": 2**31 - 1}, pipeline="none"
    ),
    "GET api/v1/swaps/<int:pk>/": hidden(
        api(
            only("member", "lead", "operations", "executive", "auditor"),
            Scope.ONCALL_READ,
            pipeline="none",
        )
    ),
    "POST api/v1/swaps/<int:pk>/accept/": hidden_from_outsiders(
        api(LEADS, Scope.ONCALL_WRITE, pipeline="none")
    ),
    "POST api/v1/swaps/<int:pk>/decline/": hidden_from_outsiders(
        api(LEADS, Scope.ONCALL_WRITE, pipeline="none")
    ),
    "POST api/v1/swaps/<int:pk>/withdraw/": hidden_from_outsiders(
        api(WORKERS, Scope.ONCALL_WRITE, pipeline="none")
    ),
    "POST api/v1/swaps/<int:pk>/approve/": hidden_from_outsiders(
        api(LEADS, Scope.ONCALL_WRITE, pipeline="none")
    ),
    "POST api/v1/swaps/<int:pk>/refuse/": hidden_from_outsiders(
        api(LEADS, Scope.ONCALL_WRITE, pipeline="none")
    ),
    "POST api/v1/gaps/<int:pk>/cover/": api(WORKERS, Scope.ONCALL_WRITE, pipeline="none"),
    "GET api/v1/on-call/rules/": api(EVERYBODY, Scope.ONCALL_READ, pipeline="any"),
    "GET api/v1/kpis/onboarding/": api(EVERYBODY, Scope.KPIS_READ, pipeline="any"),
    "GET api/v1/kpis/<str:scope>/<slug:slug>/": api(EVERYBODY, Scope.KPIS_READ),
}


def sequenced() -> Entry:
    """Return an entry that has its place in the log."""
    entry = Entry.objects.latest("id")
    with TemporaryDirectory() as folder:
        sequence(now=NOW, keys=KeyFolder(Path(folder)))
    return entry


def parameters(world: Any) -> dict[str, Any]:
    """Return what stands for each converter, by the end of the pattern before it."""
    incident = Incident.objects.create(
        application=world.checkout,
        source="manual",
        external_id="1",
        title="Cards declined",
        opened_at=NOW - timedelta(hours=2),
    )
    deployment = Deployment.objects.create(
        application=world.checkout,
        environment=world.production,
        source="git",
        external_id="v1",
        status=DeploymentStatus.SUCCEEDED,
        finished_at=NOW - timedelta(hours=3),
    )
    job = HistoryImport.objects.create(
        application=world.checkout,
        environment=world.production,
        source="/srv/git/checkout.git",
        state=ImportState.QUEUED,
        requested_by=world.bob.label,
        requested_at=NOW,
    )
    change_application(
        application=world.checkout, name="Checkout", tier=Tier.ONE, actor=world.bob, now=NOW
    )
    ApplicationFactory.create(slug="ledger", name="Ledger", owner=world.lending)
    vault = ApplicationFactory.create(slug="vault", name="Vault", owner=world.lending)
    dependency = add_dependency(
        application=world.checkout,
        needed=vault,
        kind=DependencyKind.HARD,
        actor=world.bob,
        now=NOW,
    )
    event = ReceivedEvent.objects.create(
        public_id=UUID(int=1),
        sender=f"application:{world.checkout.pk}",
        source="ci",
        event_id="1",
        type="deployment",
        body=b"{}",
        occurred_at=NOW,
        received_at=NOW,
        application=world.checkout,
        state="FAILED",
        reason="The environment is not known.",
        processed_at=NOW,
    )
    create_system(name="Shop", owner=world.acquiring, actor=world.bob, now=NOW)
    transfer = request_transfer(
        application=world.checkout,
        to_team=world.lending,
        side=TransferSide.OFFER,
        reason="The reorganisation of spring.",
        actor=world.alice,
        now=NOW,
    )
    exemption = asked(world)
    found = run(world, state=RunState.TO_REVIEW, fingerprint="f" * 64)
    kept = Description.objects.create(
        sync=found.sync, noun="application", slug="checkout", described_at=NOW
    )
    refused = RefusedEvent.objects.create(
        public_id=UUID(int=2),
        sender=f"user:{world.bob.pk}",
        digest=b"d" * 32,
        status=400,
        faults=[],
        body=b"{",
        size=1,
        first_at=NOW,
        received_at=NOW,
    )
    return {
        **oncall_calendar.places(world),
        **oncall_trades.places(world),
        "oncall/exceptions/<int:pk>": asked_exception(world).pk,
        "exception/<slug:item>": "runbook",
        "badge/<slug:slug>": "checkout",
        "holidays/<slug:slug>": "gb-eng",
        "<slug:slug>/<int:pk>": holiday().pk,
        **oncall_who.places(world),
        "inbox/<int:pk>": notice(world).pk,
        "notices/<int:notice>": notice(world, key="api").pk,
        "contact-ways/<int:way>": way(world.bob).pk,
        "deliveries/<int:delivery>": failed(world).pk,
        "contacts/<int:pk>": way(world.bob).pk,
        "new/<slug:kind>": "mail",
        "deliveries/<int:pk>": failed(world).pk,
        "scorecards/<slug:slug>": "readiness",
        "scorecards/<slug:scorecard>": "readiness",
        "<slug:scorecard>/<slug:rule>": "runbook",
        "exemptions/<int:pk>": exemption.pk,
        "callouts/<int:pk>": callout(world).pk,
        "pay/<slug:slug>": "acquiring",
        "<slug:slug>/<str:month>": "2026-02",
        "initiatives/<int:pk>": initiative(world, of=exemption.scorecard).pk,
        "profile/tokens/<int:pk>": personal_token(world.bob, now=NOW, name="held").token.pk,
        "<slug:slug>/tokens/<int:pk>": pipeline_token(
            world.checkout, by=world.bob, now=NOW, name="held"
        ).token.pk,
        "descriptors/<slug:slug>": "company",
        "runs/<int:pk>": found.pk,
        "kept/<int:pk>": kept.pk,
        "events/refused/<uuid:public_id>": refused.public_id,
        "events/<uuid:public_id>": event.public_id,
        "applications/<slug:slug>": "checkout",
        "systems/<slug:slug>": "shop",
        "dependencies/<slug:needed>": "vault",
        "transfers/<int:transfer>": transfer.pk,
        "transfers/<int:number>": transfer.pk,
        "dependencies/<int:dependency>": dependency.pk,
        "apps/<slug:slug>": "checkout",
        "environments/<slug:environment>": "production",
        "repositories/<int:repository>": world.repository.pk,
        "teams/<slug:slug>": "acquiring",
        "members/<int:person>": world.bob.pk,
        "kpis/<str:scope>": "application",
        "kpis/<str:word>": "application",
        "<str:scope>/<slug:slug>": "checkout",
        "<str:word>/<slug:slug>": "checkout",
        "deployments/<int:pk>": deployment.pk,
        "incidents/<int:pk>": incident.pk,
        "imports/<int:pk>": job.pk,
        "audit/<int:pk>": sequenced().pk,
        "key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)": "1-set-password",
    }

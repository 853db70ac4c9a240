"""Checkout on its way to a team of eight that owns its nights, and a central support."""

from datetime import timedelta

from oncall.models import Claim, ClaimState, ClaimStep, Cover, Evidence, EvidenceKind
from oncall.plans.claims import COVERED, ENDED, WITH_ROTA, Side, Stage
from oncall.services.claim_steps import planned_end
from oncall.services.claims import choose_rota, give_word, show_interest, start_shadowing
from oncall.services.rotas import make_central
from portal.catalogue.models import Contact, TeamRole
from portal.notifications.models import ContactWay
from tests.conftest import NOW
from tests.factories import (
    ApplicationFactory,
    DependencyFactory,
    MembershipFactory,
    TeamFactory,
    UserFactory,
)
from tests.notifications.scene import way
from tests.oncall import scene

EVERYBODY = 8


def central(world, *, now=NOW):
    """Make a central support of three people, led by Cleo."""
    team = TeamFactory.create(slug="support", name="Support")
    people = [
        UserFactory.create(email=f"{name}@example.com", name=name.title())
        for name in ("cleo", "dan", "eli")
    ]
    MembershipFactory.create(team=team, user=people[0], role=TeamRole.LEAD)
    made = scene.rota(world, people, team=team, name="Central support", actor=world.olive, now=now)
    world.cleo = people[0]
    return make_central(rota=made, actor=world.olive, now=now)


def ready(world, *, now=NOW, number=EVERYBODY, shadowed=True):
    """Let Acquiring be ready in everything, with a rota of so many people; return the rota."""
    some = scene.people(world, number)
    rota = scene.rota(world, some, now=now)
    world.checkout.runbook_url = "https://wiki.example.com/checkout"
    world.checkout.save()
    lead = UserFactory.create(email="lea@example.com", name="Lea")
    MembershipFactory.create(team=world.cards, user=lead, role=TeamRole.LEAD)
    world.lea = lead
    Contact.objects.create(team=world.acquiring, label="Chat", value="#acquiring")
    DependencyFactory.create(
        from_application=world.checkout, to_application=ApplicationFactory.create(name="Ledger")
    )
    for person in some:
        for kind in ("mail", "ntfy"):
            way(person, kind, verified_at=now)
    for kind in EvidenceKind:
        if kind != EvidenceKind.SHADOW_DONE:
            told(world, kind, now=now)
    for person in some if shadowed else ():
        told(world, EvidenceKind.SHADOW_DONE, now=now, person=person)
    return rota


def told(world, kind, *, now=NOW, days=0, **values):
    return Evidence.objects.create(
        application=world.checkout,
        kind=kind,
        done_on=(now - timedelta(days=days)).date(),
        told_by=world.bob,
        told_at=now,
        **values,
    )


def renew(world, *, now):
    """Let everybody answer a test page anew."""
    ContactWay.objects.update(last_test_answered_at=now)


def claim_at(world, stage, *, now=NOW, rota=None, application=None, before=Stage.OWNED):
    """Return a claim that stands at a stage, made by hand, with the rows that belong to it."""
    application = application or world.checkout
    claim = Claim.objects.create(
        application=application,
        team=application.owner,
        rota=(rota or scene.rota(world, name="Checkout at night"))
        if stage in (*WITH_ROTA, *ENDED)
        else None,
        state=ClaimState(stage),
        since=now,
        planned_until=planned_end(stage, now),
        begun_at=now,
        begun_by=world.bob,
        ended_at=now if stage in ENDED else None,
        check_due_at=now,
    )
    if stage == Stage.HANDING_BACK:
        ClaimStep.objects.create(
            claim=claim, state=ClaimState(before), since=now - timedelta(hours=1), by=world.alice
        )
    ClaimStep.objects.create(
        claim=claim,
        state=ClaimState(stage),
        since=now,
        by=world.alice,
        side="TAKER",
        planned_until=claim.planned_until,
    )
    if stage in COVERED and claim.rota:
        Cover.objects.create(application=application, rota=claim.rota, since=now)
    return claim


def owned(world, *, now=NOW):
    """Walk the way from interest to owned, with the settings' periods, by two people."""
    rota = ready(world, now=now)
    claim = show_interest(application=world.checkout, actor=world.bob, now=now)
    claim = choose_rota(claim=claim, rota=rota, actor=world.alice, now=now)
    claim = start_shadowing(claim=claim, actor=world.alice, now=now)
    for side, actor in ((Side.TAKER, world.alice), (Side.GIVER, world.olive)) * 2:
        now = max(now, claim.planned_until or now)
        claim = give_word(claim=claim, side=side, actor=actor, now=now)
    return claim

"""Whatever people do in whatever order: nobody owns nights without two words, or without cover."""

from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from oncall.models import Claim, ClaimState, Cover
from oncall.plans.claims import COVERED, Act, Side
from oncall.services.claim_steps import ClaimError
from portal.accounts.policies import NotAllowedError
from portal.catalogue.models import Application
from tests.oncall.claims.scene import central, ready
from tests.oncall.claims.test_moves import do

WHO = ("bob", "alice", "lea", "olive", "cleo", "charlie")
FEW = examples(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Nights(RuleBasedStateMachine):
    """Somebody does something, again and again; then the nights go back."""

    def __init__(self, world, rota, now):
        super().__init__()
        self.world, self.rota, self.now = world, rota, now
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def live(self):
        return Claim.objects.filter(ended_at=None).select_related("rota").first()

    def attempt(self, act, actor, side):
        self.now += timedelta(minutes=1)
        claim = self.live()
        if claim is None and act != Act.SHOW_INTEREST:
            return
        try:
            with transaction.atomic():
                do(
                    act,
                    self.world.checkout,
                    self.rota,
                    claim=claim,
                    side=side,
                    actor=actor,
                    now=self.now,
                )
        except (ClaimError, NotAllowedError):
            pass

    @rule(act=st.sampled_from(Act), who=st.sampled_from(WHO), side=st.sampled_from(Side))
    def somebody_does_something(self, act, who, side):
        self.attempt(act, getattr(self.world, who), side)

    @rule(steps=st.integers(1, 7))
    def the_team_goes_on(self, steps):
        """Go some way on, as a random walk would come so far too seldom."""
        way = (
            (Act.SHOW_INTEREST, "bob", Side.TAKER),
            (Act.CHOOSE_ROTA, "alice", Side.TAKER),
            (Act.SHADOW, "alice", Side.TAKER),
            *((Act.GIVE_WORD, "alice", Side.TAKER), (Act.GIVE_WORD, "olive", Side.GIVER)) * 2,
        )
        for act, who, side in way[:steps]:
            if act != Act.CHOOSE_ROTA or (claim := self.live()) is None or claim.rota is None:
                self.attempt(act, getattr(self.world, who), side)

    @rule(has_runbook=st.booleans())
    def the_runbook_comes_and_goes(self, has_runbook):
        Application.objects.filter(pk=self.world.checkout.pk).update(
            runbook_url="https://wiki.example.com" if has_runbook else ""
        )

    @invariant()
    def cover_follows_from_the_state(self):
        claim = self.live()
        rotas = list(Cover.objects.filter(until=None).values_list("rota", flat=True))
        is_covered = claim is not None and claim.state in COVERED
        assert rotas == ([claim.rota_id] if is_covered else [])

    @invariant()
    def what_is_owned_was_agreed_on_by_two_people_twice(self):
        claim = self.live()
        if claim is None or claim.state != ClaimState.OWNED:
            return
        for state in (ClaimState.SHADOWING, ClaimState.TRIAL):
            agreed = [
                {(word.side, word.by_id) for word in step.words.filter(withdrawn_at=None)}
                for step in claim.steps.filter(state=state)
            ]
            assert any(
                {side for side, _ in words} == {"TAKER", "GIVER"}
                and len({person for _, person in words}) == 2
                for words in agreed
            )

    def teardown(self):
        """From wherever it is, the nights go back, and nothing is left of it."""
        try:
            for act, who, side in (
                (Act.WITHDRAW, "alice", Side.TAKER),
                (Act.ASK_BACK, "alice", Side.TAKER),
                (Act.GIVE_WORD, "olive", Side.GIVER),
                (Act.GIVE_WORD, "alice", Side.TAKER),
                (Act.GIVE_WORD, "lea", Side.TAKER),
            ):
                claim = self.live()
                if claim and (act != Act.GIVE_WORD or claim.state == ClaimState.HANDING_BACK):
                    self.attempt(act, getattr(self.world, who), side)
            assert self.live() is None
            assert not Cover.objects.filter(until=None).exists()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


def test_no_order_of_deeds_leads_to_nights_without_cover_or_two_words(world, now, settings):
    settings.OWNERSHIP_SHADOW_DAYS = settings.OWNERSHIP_TRIAL_DAYS = 0
    central(world)
    rota = ready(world)
    run_state_machine_as_test(
        lambda: Nights(world, rota, now),  # type: ignore[arg-type]
        settings=FEW,
    )

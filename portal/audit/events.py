"""The closed vocabulary of audit events: a name, the schema of its data and a sentence each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class AuditEvent(StrEnum):
    """Every kind of thing that the audit trail can tell."""

    PROFILE_CHANGED = "account.profile.changed"
    PASSWORD_CHANGED = "account.password.changed"  # noqa: S105
    USER_CREATED = "account.user.created"
    ROLE_CHANGED = "account.role.changed"
    TEAM_CREATED = "catalogue.team.created"
    TEAM_CHANGED = "catalogue.team.changed"
    MEMBER_ADDED = "catalogue.member.added"
    MEMBER_CHANGED = "catalogue.member.changed"
    MEMBER_REMOVED = "catalogue.member.removed"
    APPLICATION_REGISTERED = "catalogue.application.registered"
    APPLICATION_CHANGED = "catalogue.application.changed"
    APPLICATION_CLAIMED = "catalogue.application.claimed"
    APPLICATION_RELEASED = "catalogue.application.released"
    APPLICATION_ATTESTED = "catalogue.application.attested"
    APPLICATION_RETIRED = "catalogue.application.retired"
    APPLICATION_REVIVED = "catalogue.application.revived"
    ATTESTATION_ESCALATED = "catalogue.attestation.escalated"
    TRANSFER_REQUESTED = "catalogue.transfer.requested"
    TRANSFER_ACCEPTED = "catalogue.transfer.accepted"
    TRANSFER_DECLINED = "catalogue.transfer.declined"
    TRANSFER_WITHDRAWN = "catalogue.transfer.withdrawn"
    TRANSFER_EXPIRED = "catalogue.transfer.expired"
    DEPENDENCY_ADDED = "catalogue.dependency.added"
    DEPENDENCY_CHANGED = "catalogue.dependency.changed"
    DEPENDENCY_REMOVED = "catalogue.dependency.removed"
    SYSTEM_CREATED = "catalogue.system.created"
    SYSTEM_CHANGED = "catalogue.system.changed"
    ENVIRONMENT_ADDED = "catalogue.environment.added"
    ENVIRONMENT_CHANGED = "catalogue.environment.changed"
    ENVIRONMENT_RETIRED = "catalogue.environment.retired"
    ENVIRONMENT_REVIVED = "catalogue.environment.revived"
    REPOSITORY_ADDED = "catalogue.repository.added"
    REPOSITORY_CHANGED = "catalogue.repository.changed"
    CATALOGUE_EXPORTED = "catalogue.list.exported"
    TOKEN_CREATED = "api.token.created"  # noqa: S105
    TOKEN_REVOKED = "api.token.revoked"  # noqa: S105
    DEPLOYMENTS_RECORDED = "kpis.deployments.recorded"
    FACTS_TOLD = "kpis.facts.told"
    DEPLOYMENT_CORRECTED = "kpis.deployment.corrected"
    INCIDENT_OPENED = "kpis.incident.opened"
    INCIDENT_CHANGED = "kpis.incident.changed"
    INCIDENT_RESOLVED = "kpis.incident.resolved"
    INCIDENT_REOPENED = "kpis.incident.reopened"
    INCIDENT_ATTRIBUTED = "kpis.incident.attributed"
    FACTS_EXPORTED = "kpis.facts.exported"
    KPIS_REBUILT = "kpis.rollups.rebuilt"
    IMPORT_REQUESTED = "integrations.import.requested"
    IMPORT_FINISHED = "integrations.import.finished"
    IMPORT_FAILED = "integrations.import.failed"
    IMPORT_CANCELLED = "integrations.import.cancelled"
    SCORECARD_SHIPPED = "scorecards.scorecard.shipped"
    SCORECARD_CHANGED = "scorecards.scorecard.changed"
    SCORECARD_EXPORTED = "scorecards.scorecard.exported"
    EXEMPTION_ASKED = "scorecards.exemption.asked"
    EXEMPTION_APPROVED = "scorecards.exemption.approved"
    EXEMPTION_REJECTED = "scorecards.exemption.rejected"
    EXEMPTION_REVOKED = "scorecards.exemption.revoked"
    EXEMPTION_EXPIRED = "scorecards.exemption.expired"
    INITIATIVE_CREATED = "scorecards.initiative.created"
    INITIATIVE_CHANGED = "scorecards.initiative.changed"
    INITIATIVE_MOVED = "scorecards.initiative.moved"
    DESCRIPTORS_APPLIED = "descriptors.applied"
    DESCRIPTORS_EXPORTED = "descriptors.exported"
    DESCRIPTION_RELEASED = "descriptors.description.released"
    DESCRIPTION_RETURNED = "descriptors.description.returned"
    SYNC_CREATED = "descriptors.sync.created"
    SYNC_CHANGED = "descriptors.sync.changed"
    SYNC_REQUESTED = "descriptors.sync.requested"
    SYNC_TO_REVIEW = "descriptors.sync.to_review"
    SYNC_FAILED = "descriptors.sync.failed"
    EVENTS_REPLAYED = "integrations.events.replayed"
    EVENTS_EXPORTED = "integrations.events.exported"
    ROTA_CREATED = "oncall.rota.created"
    ROTA_CHANGED = "oncall.rota.changed"
    ROTA_DEFINED = "oncall.rota.defined"
    ROTAS_EXPORTED = "oncall.rotas.exported"
    ROTA_RETIRED = "oncall.rota.retired"
    ROTA_MADE_CENTRAL = "oncall.rota.made_central"
    OVERRIDE_MADE = "oncall.override.made"
    OVERRIDE_CANCELLED = "oncall.override.cancelled"
    GAP_COVERED = "oncall.gap.covered"
    SWAP_ASKED = "oncall.swap.asked"
    SWAP_OFFERED = "oncall.swap.offered"
    SWAP_AGREED = "oncall.swap.agreed"
    SWAP_DONE = "oncall.swap.done"
    SWAP_DECLINED = "oncall.swap.declined"
    SWAP_WITHDRAWN = "oncall.swap.withdrawn"
    SWAP_APPROVED = "oncall.swap.approved"
    SWAP_REFUSED = "oncall.swap.refused"
    SWAP_EXPIRED = "oncall.swap.expired"
    SWAP_VOIDED = "oncall.swap.voided"
    RULE_CHANGED = "oncall.rule.changed"
    OPT_OUT_SIGNED = "oncall.opt_out.signed"
    OPT_OUT_WITHDRAWN = "oncall.opt_out.withdrawn"
    LEAVE_ADDED = "oncall.leave.added"
    LEAVE_CANCELLED = "oncall.leave.cancelled"
    LEAVE_IMPORTED = "oncall.leave.imported"
    HOLIDAYS_LOADED = "oncall.holidays.loaded"
    HOLIDAY_ADDED = "oncall.holiday.added"
    HOLIDAY_STRUCK = "oncall.holiday.struck"
    HOLIDAY_RESTORED = "oncall.holiday.restored"
    GAP_ACCEPTED = "oncall.gap.accepted"
    FEED_CREATED = "oncall.feed.created"
    FEED_REVOKED = "oncall.feed.revoked"
    WAY_ADDED = "notifications.way.added"
    WAY_CHANGED = "notifications.way.changed"
    WAY_REMOVED = "notifications.way.removed"
    WAY_VERIFIED = "notifications.way.verified"
    NOTICES_PREFERRED = "notifications.preferences.changed"
    QUIET_HOURS_CHANGED = "notifications.quiet_hours.changed"
    DELIVERY_RETRIED = "notifications.delivery.retried"
    DELIVERIES_EXPORTED = "notifications.deliveries.exported"
    GAPS_EXPORTED = "oncall.gaps.exported"
    LOG_KEY_ROTATED = "audit.log.key_rotated"
    LOG_KEYS_RETIRED = "audit.log.keys_retired"
    LOG_BEGUN_ANEW = "audit.log.begun_anew"
    LOG_BROKEN = "audit.log.broken"
    CALLOUT_TOLD = "oncall.callout.told"
    CALLOUT_CORRECTED = "oncall.callout.corrected"
    CALLOUT_STRUCK = "oncall.callout.struck"
    HANDOVER_NOTE_WRITTEN = "oncall.handover.note_written"
    HANDOVER_WISH_CHANGED = "oncall.handover.wish_changed"
    PAY_SCHEME_DEFINED = "oncall.pay.scheme_defined"
    PAY_GRADE_SET = "oncall.pay.grade_set"
    PERSON_GRADED = "oncall.pay.person_graded"
    PAY_CHECKED = "oncall.pay.checked"
    PAY_APPROVED = "oncall.pay.approved"
    PAY_EXPORTED = "oncall.pay.exported"
    FAIRNESS_EXPORTED = "oncall.fairness.exported"
    # On-call: claims.
    CLAIM_BEGUN = "oncall.claim.begun"
    CLAIM_ROTA_CHOSEN = "oncall.claim.rota_chosen"
    CLAIM_SHADOWING = "oncall.claim.shadowing"
    CLAIM_WORD_GIVEN = "oncall.claim.word_given"
    CLAIM_WITHDRAWN = "oncall.claim.withdrawn"
    CLAIM_BACK_ASKED = "oncall.claim.back_asked"
    CLAIM_KEPT = "oncall.claim.kept"
    CLAIM_ENDED = "oncall.claim.ended"
    EVIDENCE_TOLD = "oncall.evidence.told"
    READINESS_EXCEPTION_ASKED = "oncall.exception.asked"
    READINESS_EXCEPTION_APPROVED = "oncall.exception.approved"
    READINESS_EXCEPTION_ENDED = "oncall.exception.ended"
    READINESS_LOST = "oncall.readiness.lost"
    READINESS_ESCALATED = "oncall.readiness.escalated"
    OWNERSHIP_EXPORTED = "oncall.ownership.exported"
    TRAIL_EXPORTED = "audit.trail.exported"
    DEMO_SEEDED = "demo.seeded"


@dataclass(frozen=True, slots=True)
class Description:
    """What one kind of event carries and how it reads.

    `sentence` is a `str.format` template over `actor`, `subject` and the names of `data`;
    `data` maps each name to `int` or `str`; `texts` are free texts kept apart, erasable.
    """

    sentence: str
    data: Mapping[str, type[int] | type[str]]
    texts: tuple[str, ...] = ()


_CHANGES = {"changes": str}
_WAY = {"way": str, "kind": str}
_PERIOD = {"since": str, "until": str}
_OVERRIDE = {"change": str, "role": str, "comes": str, "goes": str, **_PERIOD}
_SWAP = {"for": str, "giver": str, "taker": str, "role": str, "back": str, **_PERIOD}
_SWAPPED = " as {role} in {subject}, {since} to {until}, and takes {back} in return"
_READINESS_EXCEPTION = {"item": str, "until": str}
_EXEMPTION = {"scorecard": str, "rule": str, "until": str}
_CALLOUT = {"person": str, **_PERIOD}
_REPORT: Mapping[str, type[int] | type[str]] = {"lines": int, "people": int, "digest": str}

VOCABULARY: Mapping[AuditEvent, Description] = {
    AuditEvent.PROFILE_CHANGED: Description("{actor} changed their profile: {changes}", _CHANGES),
    AuditEvent.PASSWORD_CHANGED: Description("{actor} set a new password", {}),
    AuditEvent.USER_CREATED: Description(
        "{actor} created the account of {subject} with the role {role}", {"role": str}
    ),
    AuditEvent.ROLE_CHANGED: Description(
        "{actor} changed the role of {subject} from {before} to {after}",
        {"before": str, "after": str},
    ),
    AuditEvent.TEAM_CREATED: Description(
        "{actor} created the {kind} {subject} under {parent}", {"kind": str, "parent": str}
    ),
    AuditEvent.TEAM_CHANGED: Description("{actor} changed {subject}: {changes}", _CHANGES),
    AuditEvent.MEMBER_ADDED: Description(
        "{actor} added {person} to {subject} as {role}", {"person": str, "role": str}
    ),
    AuditEvent.MEMBER_CHANGED: Description(
        "{actor} made {person} {role} of {subject}", {"person": str, "role": str}
    ),
    AuditEvent.MEMBER_REMOVED: Description(
        "{actor} removed {person} from {subject}", {"person": str}
    ),
    AuditEvent.APPLICATION_REGISTERED: Description(
        "{actor} registered {subject}, owned by {owner}, tier {tier}", {"owner": str, "tier": int}
    ),
    AuditEvent.APPLICATION_CHANGED: Description("{actor} changed {subject}: {changes}", _CHANGES),
    AuditEvent.APPLICATION_CLAIMED: Description(
        "{actor} claimed {subject}, which had no owner, for {owner}", {"owner": str}
    ),
    AuditEvent.APPLICATION_RELEASED: Description(
        "{actor} released {subject}, which {owner} owned", {"owner": str}, ("reason",)
    ),
    AuditEvent.APPLICATION_ATTESTED: Description(
        "{actor} confirmed that {subject} is still owned by {owner}", {"owner": str}
    ),
    AuditEvent.APPLICATION_RETIRED: Description(
        "{actor} retired {subject}, on which {dependents} applications depend hard",
        {"dependents": int},
        ("reason",),
    ),
    AuditEvent.APPLICATION_REVIVED: Description(
        "{actor} revived {subject} as {lifecycle}", {"lifecycle": str}, ("reason",)
    ),
    AuditEvent.ATTESTATION_ESCALATED: Description(
        "{owner} was to confirm {subject} by {due_on}: {step}",
        {"owner": str, "due_on": str, "step": str},
    ),
    AuditEvent.TRANSFER_REQUESTED: Description(
        "{actor} asked that {subject} go from {before} to {after}, as an {side}",
        {"before": str, "after": str, "side": str},
        ("reason",),
    ),
    AuditEvent.TRANSFER_ACCEPTED: Description(
        "{actor} accepted that {subject} goes from {before} to {after}, as {requester} asked",
        {"before": str, "after": str, "requester": str},
    ),
    AuditEvent.TRANSFER_DECLINED: Description(
        "{actor} declined that {subject} goes from {before} to {after}",
        {"before": str, "after": str},
        ("reason",),
    ),
    AuditEvent.TRANSFER_WITHDRAWN: Description(
        "{actor} withdrew that {subject} go from {before} to {after}",
        {"before": str, "after": str},
    ),
    AuditEvent.TRANSFER_EXPIRED: Description(
        "Nobody answered whether {subject} goes from {before} to {after}",
        {"before": str, "after": str},
    ),
    AuditEvent.DEPENDENCY_ADDED: Description(
        "{actor} noted that {subject} depends on {needed}: {kind}",
        {"needed": str, "kind": str},
    ),
    AuditEvent.DEPENDENCY_CHANGED: Description(
        "{actor} changed how {subject} depends on {needed}: {changes}",
        {"needed": str, "changes": str},
    ),
    AuditEvent.DEPENDENCY_REMOVED: Description(
        "{actor} noted that {subject} no longer depends on {needed}: {kind}",
        {"needed": str, "kind": str},
    ),
    AuditEvent.SYSTEM_CREATED: Description(
        "{actor} created the system {subject}, owned by {owner}", {"owner": str}
    ),
    AuditEvent.SYSTEM_CHANGED: Description(
        "{actor} changed the system {subject}: {changes}", _CHANGES
    ),
    AuditEvent.ENVIRONMENT_ADDED: Description(
        "{actor} added the environment {environment} to {subject}", {"environment": str}
    ),
    AuditEvent.ENVIRONMENT_CHANGED: Description(
        "{actor} changed the environment {environment} of {subject}: {changes}",
        {"environment": str, "changes": str},
    ),
    AuditEvent.ENVIRONMENT_RETIRED: Description(
        "{actor} retired the environment {environment} of {subject}", {"environment": str}
    ),
    AuditEvent.ENVIRONMENT_REVIVED: Description(
        "{actor} revived the environment {environment} of {subject}", {"environment": str}
    ),
    AuditEvent.REPOSITORY_ADDED: Description(
        "{actor} added the repository {repository} to {subject}", {"repository": str}
    ),
    AuditEvent.REPOSITORY_CHANGED: Description(
        "{actor} changed the repository {repository} of {subject}: {changes}",
        {"repository": str, "changes": str},
    ),
    AuditEvent.CATALOGUE_EXPORTED: Description(
        "{actor} exported {rows} rows of {subject}", {"rows": int, "filters": str}
    ),
    AuditEvent.TOKEN_CREATED: Description(
        "{actor} created the token {token} of {subject}, until {expires_at}: {scopes}",
        {"token": str, "prefix": str, "scopes": str, "expires_at": str},
    ),
    AuditEvent.TOKEN_REVOKED: Description(
        "{actor} revoked the token {token} of {subject}", {"token": str, "prefix": str}
    ),
    AuditEvent.DEPLOYMENTS_RECORDED: Description(
        "{actor} recorded {deployments} deployments and {changes} changes of {subject}",
        {"deployments": int, "changes": int, "source": str},
    ),
    AuditEvent.FACTS_TOLD: Description(
        "Events told {actor} of {subject}: {deployments} deployments, {changes} changes,"
        " {incidents} incidents",
        {"deployments": int, "changes": int, "incidents": int},
    ),
    AuditEvent.DEPLOYMENT_CORRECTED: Description(
        "{actor} corrected the deployment {version} of {subject}: {changes}",
        {"version": str, "changes": str},
        ("reason",),
    ),
    AuditEvent.INCIDENT_OPENED: Description(
        "{actor} opened incident {incident} on {subject}",
        {"incident": int, "severity": int, "opened_at": str},
        ("title",),
    ),
    AuditEvent.INCIDENT_CHANGED: Description(
        "{actor} changed incident {incident} on {subject}: {changes}",
        {"incident": int, "changes": str},
        ("title",),
    ),
    AuditEvent.INCIDENT_RESOLVED: Description(
        "{actor} resolved incident {incident} on {subject}, ended at {resolved_at}",
        {"incident": int, "resolved_at": str},
    ),
    AuditEvent.INCIDENT_REOPENED: Description(
        "{actor} reopened incident {incident} on {subject}, which had ended at {resolved_at}",
        {"incident": int, "resolved_at": str},
    ),
    AuditEvent.INCIDENT_ATTRIBUTED: Description(
        "{actor} attributed incident {incident} on {subject} to {cause} by the rule {rule}",
        {"incident": int, "cause": str, "rule": str},
        ("reason",),
    ),
    AuditEvent.FACTS_EXPORTED: Description(
        "{actor} exported {rows} rows of {facts} of {subject}",
        {"facts": str, "rows": int, "filters": str},
    ),
    AuditEvent.KPIS_REBUILT: Description(
        "{actor} rebuilt the KPIs of {subject}: {days} days", {"days": int}
    ),
    AuditEvent.IMPORT_REQUESTED: Description(
        "{actor} asked to import the history {source} into {subject}",
        {"source": str, "tags": str},
    ),
    AuditEvent.IMPORT_FINISHED: Description(
        "The import of {source} into {subject} ended: {deployments} deployments, {changes} changes",
        {"source": str, "deployments": int, "changes": int},
    ),
    AuditEvent.IMPORT_FAILED: Description(
        "The import of {source} into {subject} failed: {problem}",
        {"source": str, "problem": str},
    ),
    AuditEvent.IMPORT_CANCELLED: Description(
        "{actor} cancelled the import of {source} into {subject}", {"source": str}
    ),
    AuditEvent.SCORECARD_SHIPPED: Description(
        "Version {version} of {subject} came with the portal", {"version": int, "counts": str}
    ),
    AuditEvent.SCORECARD_CHANGED: Description(
        "{actor} wrote version {version} of {subject}", {"version": int}, ("reason",)
    ),
    AuditEvent.SCORECARD_EXPORTED: Description(
        "{actor} exported {rows} rows of {subject}", {"rows": int, "filters": str}
    ),
    AuditEvent.EXEMPTION_ASKED: Description(
        "{actor} asked that {subject} be exempt from {rule} in {scorecard} until {until}",
        _EXEMPTION,
        ("reason",),
    ),
    AuditEvent.EXEMPTION_APPROVED: Description(
        "{actor} approved that {subject} is exempt from {rule} in {scorecard} until {until}",
        _EXEMPTION,
        ("answer",),
    ),
    AuditEvent.EXEMPTION_REJECTED: Description(
        "{actor} rejected that {subject} be exempt from {rule} in {scorecard}",
        _EXEMPTION,
        ("answer",),
    ),
    AuditEvent.EXEMPTION_REVOKED: Description(
        "{actor} ended early the exemption of {subject} from {rule} in {scorecard}",
        _EXEMPTION,
        ("answer",),
    ),
    AuditEvent.EXEMPTION_EXPIRED: Description(
        "The exemption of {subject} from {rule} in {scorecard} expired", _EXEMPTION
    ),
    AuditEvent.INITIATIVE_CREATED: Description(
        "{actor} wrote down the initiative {title}: {goal} by {due}",
        {"title": str, "goal": str, "due": str},
    ),
    AuditEvent.INITIATIVE_CHANGED: Description(
        "{actor} changed the initiative {title}: {changes}", {"title": str, "changes": str}
    ),
    AuditEvent.INITIATIVE_MOVED: Description(
        "{actor} moved the initiative {title} from {before} to {after}",
        {"title": str, "before": str, "after": str},
    ),
    AuditEvent.DESCRIPTORS_APPLIED: Description(
        "{actor} applied descriptors of {subject}: {created} created, {changed} changed",
        {"source": str, "created": int, "changed": int},
    ),
    AuditEvent.DESCRIPTORS_EXPORTED: Description(
        "{actor} exported the descriptors of {subject}: {entities}", {"entities": int}
    ),
    AuditEvent.DESCRIPTION_RELEASED: Description(
        "{actor} took {subject} over by hand from {source}", {"source": str}
    ),
    AuditEvent.DESCRIPTION_RETURNED: Description(
        "{actor} gave {subject} back to {source}", {"source": str}
    ),
    AuditEvent.SYNC_CREATED: Description(
        "{actor} set {subject} up: {source}, {mode}", {"source": str, "mode": str}
    ),
    AuditEvent.SYNC_CHANGED: Description("{actor} changed {subject}: {changes}", _CHANGES),
    AuditEvent.SYNC_REQUESTED: Description(
        "{actor} asked {subject} to look now: {what}", {"what": str}
    ),
    AuditEvent.SYNC_TO_REVIEW: Description(
        "{subject} found {changes} differences at {commit}, which wait for a look",
        {"changes": int, "commit": str},
    ),
    AuditEvent.SYNC_FAILED: Description("{subject} failed: {problem}", {"problem": str}),
    AuditEvent.EVENTS_EXPORTED: Description(
        "{actor} exported {rows} rows of {subject}", {"rows": int, "filters": str}
    ),
    AuditEvent.EVENTS_REPLAYED: Description(
        "{actor} let {events} failed events of {subject} be processed again", {"events": int}
    ),
    AuditEvent.ROTA_CREATED: Description(
        "{actor} made {subject} of {team} with {layers} layers and {people} people, from {since}",
        {"team": str, "layers": int, "people": int, "since": str},
    ),
    AuditEvent.ROTA_CHANGED: Description("{actor} changed {subject}: {changes}", _CHANGES),
    AuditEvent.ROTA_DEFINED: Description(
        "{actor} let {subject} go by {layers} other layers with {people} people from {since}",
        {"layers": int, "people": int, "since": str},
        ("reason",),
    ),
    AuditEvent.ROTAS_EXPORTED: Description(
        "{actor} exported {rows} rows of {subject}", {"rows": int, "filters": str}
    ),
    AuditEvent.ROTA_RETIRED: Description("{actor} retired {subject}", {}, ("reason",)),
    AuditEvent.ROTA_MADE_CENTRAL: Description("{actor} made {subject} the central support", {}),
    AuditEvent.CLAIM_BEGUN: Description(
        "{actor} told that {team} thinks about the nights of {subject}", {"team": str}, ("note",)
    ),
    AuditEvent.CLAIM_ROTA_CHOSEN: Description(
        "{actor} chose {rota} for the nights of {subject}, which {team} claims",
        {"team": str, "rota": str},
    ),
    AuditEvent.CLAIM_SHADOWING: Description(
        "{actor} let {team} shadow the nights of {subject} until {until}",
        {"team": str, "until": str},
    ),
    AuditEvent.CLAIM_WORD_GIVEN: Description(
        "{actor} gave the word of {side} that the claim of {subject} by {team} goes from {before}"
        " to {after}: {outcome}",
        {"team": str, "side": str, "before": str, "after": str, "outcome": str},
        ("note",),
    ),
    AuditEvent.CLAIM_WITHDRAWN: Description(
        "{actor} withdrew the claim of {subject} by {team}", {"team": str}, ("reason",)
    ),
    AuditEvent.CLAIM_BACK_ASKED: Description(
        "{actor} asked for {side} that the nights of {subject} go back from {team}, by {until}",
        {"team": str, "side": str, "until": str},
        ("reason",),
    ),
    AuditEvent.CLAIM_KEPT: Description(
        "{actor} took back that the nights of {subject} go back from {team}: {after}",
        {"team": str, "after": str},
    ),
    AuditEvent.CLAIM_ENDED: Description(
        "The claim of {subject} by {team} has ended: {why}", {"team": str, "why": str}
    ),
    AuditEvent.EVIDENCE_TOLD: Description(
        "{actor} told of {subject}: {what}, on {day}, by {person}",
        {"what": str, "day": str, "person": str},
        ("note",),
    ),
    AuditEvent.READINESS_EXCEPTION_ASKED: Description(
        "{actor} asked that {subject} need not meet “{item}” until {until}",
        _READINESS_EXCEPTION,
        ("reason",),
    ),
    AuditEvent.READINESS_EXCEPTION_APPROVED: Description(
        "{actor} approved that {subject} need not meet “{item}” until {until}",
        _READINESS_EXCEPTION,
    ),
    AuditEvent.READINESS_EXCEPTION_ENDED: Description(
        "{actor} ended that {subject} need not meet “{item}”, which was to be until {until}",
        _READINESS_EXCEPTION,
    ),
    AuditEvent.READINESS_LOST: Description(
        "{team} was told that {subject} is not ready for its nights any more: {items}",
        {"team": str, "items": str},
    ),
    AuditEvent.READINESS_ESCALATED: Description(
        "Those above {team} were told that {subject} is not ready for its nights: {items}",
        {"team": str, "items": str},
    ),
    AuditEvent.OWNERSHIP_EXPORTED: Description(
        "{actor} exported {rows} rows of {subject}", {"rows": int, "filters": str}
    ),
    AuditEvent.FEED_CREATED: Description(
        "{actor} made the calendar feed {prefix} of {subject}", {"prefix": str}
    ),
    AuditEvent.FEED_REVOKED: Description(
        "{actor} revoked the calendar feed {prefix} of {subject}", {"prefix": str}
    ),
    AuditEvent.OVERRIDE_MADE: Description(
        "{actor} let {comes} be on call for {goes} in {subject} as {role} ({change}), {since} to"
        " {until}",
        _OVERRIDE,
        ("reason",),
    ),
    AuditEvent.OVERRIDE_CANCELLED: Description(
        "{actor} took back that {comes} is on call for {goes} in {subject} as {role} ({change}),"
        " {since} to {until}",
        _OVERRIDE,
        ("reason",),
    ),
    AuditEvent.GAP_COVERED: Description(
        "{actor} let {person} cover a gap of {subject} as {role}, {since} to {until}",
        {"person": str, "role": str, **_PERIOD},
        ("reason",),
    ),
    AuditEvent.SWAP_ASKED: Description(
        "{actor} asked, for {for}, that {taker} be on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_OFFERED: Description(
        "{actor} offered, for {for}, that {taker} be on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_AGREED: Description(
        "{actor} agreed, for {for} and if the lead agrees, that {taker} is on call for {giver}"
        + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_DONE: Description(
        "{actor} agreed, for {for}, that {taker} is on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_DECLINED: Description(
        "{actor} declined, for {for}, that {taker} be on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_WITHDRAWN: Description(
        "{actor} withdrew, for {for}, that {taker} be on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_APPROVED: Description(
        "{actor} approved that {taker} is on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_REFUSED: Description(
        "{actor} refused that {taker} be on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_EXPIRED: Description(
        "{actor} let it run out that {taker} be on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.SWAP_VOIDED: Description(
        "{actor} found it not possible any more that {taker} be on call for {giver}" + _SWAPPED,
        _SWAP,
        ("reason",),
    ),
    AuditEvent.RULE_CHANGED: Description(
        "{actor} changed {subject}: {changes}", _CHANGES, ("reason",)
    ),
    AuditEvent.OPT_OUT_SIGNED: Description(
        "{actor} signed that they may work more than 48 hours a week", {}
    ),
    AuditEvent.OPT_OUT_WITHDRAWN: Description(
        "{actor} took back that they may work more than 48 hours a week", {}
    ),
    AuditEvent.LEAVE_ADDED: Description(
        "{actor} told that {subject} is away, {since} to {until}", _PERIOD
    ),
    AuditEvent.LEAVE_CANCELLED: Description(
        "{actor} took back that {subject} is away, {since} to {until}", _PERIOD
    ),
    AuditEvent.LEAVE_IMPORTED: Description(
        "{actor} took in when {subject} is away from {source}, {since} to {until}: {added} added,"
        " {skipped} told or over already",
        {"added": int, "skipped": int, "source": str, **_PERIOD},
    ),
    AuditEvent.HOLIDAYS_LOADED: Description(
        "{actor} took {days} bank holidays of {years} into {subject}",
        {"days": int, "years": str},
    ),
    AuditEvent.HOLIDAY_ADDED: Description(
        "{actor} added {name} on {day} to {subject}", {"name": str, "day": str}
    ),
    AuditEvent.HOLIDAY_STRUCK: Description(
        "{actor} struck {name} on {day} out of {subject}", {"name": str, "day": str}
    ),
    AuditEvent.HOLIDAY_RESTORED: Description(
        "{actor} restored {name} on {day} in {subject}", {"name": str, "day": str}
    ),
    AuditEvent.GAP_ACCEPTED: Description(
        "{actor} accepted that nobody is on call as {role} in {subject}, {since} to {until}",
        {"role": str, **_PERIOD},
        ("note",),
    ),
    AuditEvent.WAY_ADDED: Description(
        "{actor} added a contact way of {subject}: {way}, {kind}", _WAY
    ),
    AuditEvent.WAY_CHANGED: Description(
        "{actor} changed the contact way {way} of {subject}: {changes}", {**_WAY, **_CHANGES}
    ),
    AuditEvent.WAY_REMOVED: Description(
        "{actor} removed a contact way of {subject}: {way}, {kind}", _WAY
    ),
    AuditEvent.WAY_VERIFIED: Description(
        "{actor} answered a test of a contact way of {subject}: {way}, {kind}", _WAY
    ),
    AuditEvent.NOTICES_PREFERRED: Description(
        "{actor} changed what {subject} is told, and how: {changes}", _CHANGES
    ),
    AuditEvent.QUIET_HOURS_CHANGED: Description(
        "{actor} changed the quiet hours of {subject}: {changes}", _CHANGES
    ),
    AuditEvent.DELIVERY_RETRIED: Description(
        "{actor} had delivery {delivery} to {subject} tried again", {"delivery": int}
    ),
    AuditEvent.DELIVERIES_EXPORTED: Description(
        "{actor} exported {rows} rows of the log of deliveries", {"rows": int, "filters": str}
    ),
    AuditEvent.GAPS_EXPORTED: Description(
        "{actor} exported {rows} gaps and overlaps of on-call",
        {"rows": int, "filters": str},
    ),
    AuditEvent.CALLOUT_TOLD: Description(
        "{actor} told that {person} was called out for {subject}, {since} to {until}", _CALLOUT
    ),
    AuditEvent.CALLOUT_CORRECTED: Description(
        "{actor} corrected a call-out of {person} for {subject}: {since} to {until}", _CALLOUT
    ),
    AuditEvent.CALLOUT_STRUCK: Description(
        "{actor} struck a call-out of {person} for {subject}, {since} to {until}", _CALLOUT
    ),
    AuditEvent.HANDOVER_NOTE_WRITTEN: Description(
        "{actor} left a hand-over note in {subject}", {}, ("text",)
    ),
    AuditEvent.HANDOVER_WISH_CHANGED: Description(
        "{actor} is told of shifts to come {when}", {"when": str}
    ),
    AuditEvent.PAY_SCHEME_DEFINED: Description(
        "{actor} defined {subject} as “{name}”, number {number}, from {since}",
        {"name": str, "number": int, "since": str},
        ("reason",),
    ),
    AuditEvent.PAY_GRADE_SET: Description(
        "{actor} set the day rate of {subject} to {rate} from {since}",
        {"rate": str, "since": str},
    ),
    AuditEvent.PERSON_GRADED: Description(
        "{actor} gave {subject} the pay grade “{grade}” from {since}",
        {"grade": str, "since": str},
    ),
    AuditEvent.PAY_CHECKED: Description(
        "{actor} checked {subject}, and a second person approves it", _REPORT
    ),
    AuditEvent.PAY_APPROVED: Description(
        "{actor} approved {subject}: {lines} lines of {people} people", _REPORT
    ),
    AuditEvent.PAY_EXPORTED: Description(
        "{actor} exported {rows} lines of {subject}", {"rows": int, "format": str}
    ),
    AuditEvent.FAIRNESS_EXPORTED: Description(
        "{actor} exported {rows} rows of the fairness of {subject}", {"rows": int, "period": str}
    ),
    AuditEvent.LOG_KEY_ROTATED: Description(
        "{actor} let the key {key} sign {subject} as well", {"key": str}
    ),
    AuditEvent.LOG_KEYS_RETIRED: Description(
        "{actor} let {key} alone sign {subject} and retired {number} older keys",
        {"key": str, "number": int},
    ),
    AuditEvent.LOG_BEGUN_ANEW: Description(
        "{actor} began {subject} anew, after {old} with {size} leaves and the root {root}",
        {"old": str, "size": int, "root": str},
        ("reason",),
    ),
    AuditEvent.LOG_BROKEN: Description("{actor} found {subject} broken: {words}", {"words": str}),
    AuditEvent.TRAIL_EXPORTED: Description(
        "{actor} exported {rows} entries of {subject}", {"rows": int, "filters": str}
    ),
    AuditEvent.DEMO_SEEDED: Description(
        "{actor} filled the empty portal with the demo company: {applications} applications",
        {"applications": int, "deployments": int},
    ),
}


def sentence(event: str, *, actor: str, subject: str, data: Mapping[str, int | str]) -> str:
    """Return what happened in words; an event that has left the vocabulary keeps its name."""
    try:
        template = VOCABULARY[AuditEvent(event)].sentence
        return template.format(actor=plain_label(actor), subject=plain_label(subject), **data)
    except (KeyError, ValueError):
        return f"{plain_label(actor)}: {event} on {plain_label(subject)}"


def plain_label(label: str) -> str:
    """Return a stable label in words: `user:ada@example.com` is ada@example.com."""
    kind, _, name = label.partition(":")
    return {
        "system": f"The portal ({name})",
        "command": f"The command {name}",
        "token": f"The token {name}",
    }.get(kind, name or label)

"""Every change of the catalogue, one function each."""

from portal.catalogue.services.applications import change_application, register_application
from portal.catalogue.services.attestation import attest_application, escalate_attestation
from portal.catalogue.services.dependencies import (
    add_dependency,
    change_dependency,
    remove_dependency,
)
from portal.catalogue.services.environments import (
    add_environment,
    change_environment,
    retire_environment,
    revive_environment,
)
from portal.catalogue.services.exports import record_export
from portal.catalogue.services.members import add_member, change_member, remove_member
from portal.catalogue.services.ownership import (
    accept_transfer,
    claim_application,
    decline_transfer,
    expire_transfer,
    release_application,
    request_transfer,
    withdraw_transfer,
)
from portal.catalogue.services.repositories import add_repository, change_repository
from portal.catalogue.services.retirement import retire_application, revive_application
from portal.catalogue.services.systems import change_system, create_system
from portal.catalogue.services.teams import change_team, create_team

__all__ = [
    "accept_transfer",
    "add_dependency",
    "add_environment",
    "add_member",
    "add_repository",
    "attest_application",
    "change_application",
    "change_dependency",
    "change_environment",
    "change_member",
    "change_repository",
    "change_system",
    "change_team",
    "claim_application",
    "create_system",
    "create_team",
    "decline_transfer",
    "escalate_attestation",
    "expire_transfer",
    "record_export",
    "register_application",
    "release_application",
    "remove_dependency",
    "remove_member",
    "request_transfer",
    "retire_application",
    "retire_environment",
    "revive_application",
    "revive_environment",
    "withdraw_transfer",
]

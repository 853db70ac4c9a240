"""Every change of the catalogue, one function each."""

from portal.catalogue.services.applications import change_application, register_application
from portal.catalogue.services.environments import add_environment, change_environment
from portal.catalogue.services.exports import record_export
from portal.catalogue.services.members import add_member, change_member, remove_member
from portal.catalogue.services.repositories import add_repository, change_repository
from portal.catalogue.services.teams import change_team, create_team

__all__ = [
    "add_environment",
    "add_member",
    "add_repository",
    "change_application",
    "change_environment",
    "change_member",
    "change_repository",
    "change_team",
    "create_team",
    "record_export",
    "register_application",
    "remove_member",
]

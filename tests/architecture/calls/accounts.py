"""Calls of the services of accounts."""

from portal.accounts.models import Role, Theme

SERVICES = "portal.accounts.services"

CALLS = {
    f"{SERVICES}.change_profile": lambda world: {
        "user": world.audrey,
        "name": "Audrey A.",
        "zone": "Asia/Kolkata",
        "theme": Theme.DARK,
    },
    f"{SERVICES}.change_password": lambda world: {
        "user": world.audrey,
        "password": "correct horse battery staple",
    },
    f"{SERVICES}.create_user": lambda world: {
        "email": "dora@example.com",
        "name": "Dora",
        "role": Role.ENGINEER,
        "password": "correct horse battery staple",
        "actor": world.olive,
    },
    f"{SERVICES}.change_role": lambda world: {
        "user": world.bob,
        "role": Role.AUDITOR,
        "actor": world.olive,
    },
}

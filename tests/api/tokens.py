"""Tokens for the tests, and a client that presents one."""

from datetime import timedelta

from django.test import Client

from portal.api.services.tokens import create_personal_token, create_pipeline_token
from portal.api.types import Scope

ALL = tuple(Scope)


def pipeline_token(application, *, by, now, scopes=ALL, name="ci", days=90):
    return create_pipeline_token(
        application=application,
        name=name,
        scopes=scopes,
        expires_at=now + timedelta(days=days),
        actor=by,
        now=now,
    )


def personal_token(person, *, now, scopes=ALL, name="laptop", days=90):
    return create_personal_token(
        name=name, scopes=scopes, expires_at=now + timedelta(days=days), actor=person, now=now
    )


def bearer(issued):
    """Return the header that presents a token."""
    return {"Authorization": f"Bearer {issued.secret.text}"}


def client_with(issued):
    """Return a client that presents a token and has no session."""
    return Client(headers=bearer(issued))

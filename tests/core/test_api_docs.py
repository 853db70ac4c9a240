"""The API's description: committed as it is served, and a page without scripts of others."""

from pathlib import Path

import pytest
import yaml
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def test_the_committed_schema_is_the_one_the_code_makes():
    made = SchemaGenerator().get_schema(request=None, public=True)
    assert yaml.safe_load(COMMITTED.read_text()) == made, (
        "Renew it: manage.py spectacular --file docs/openapi.yaml"
    )


@pytest.fixture
def signed_in(client, world):
    client.force_login(world.bob)
    return client


def test_the_page_names_operations_parameters_and_shapes(signed_in):
    html = signed_in.get(reverse("api-docs")).content.decode()
    for text in (
        "/api/v1/kpis/{scope}/{slug}/",
        "KpiAnswer",
        "time_zone",
        "double or null",
        "better | worse",
    ):
        assert text in html
    for shape in ("KpiAnswer", "Problem"):
        assert f'id="shape-{shape}"' in html
        assert f'href="#shape-{shape}"' in html


def test_the_schema_is_served_to_who_is_signed_in(signed_in, client):
    assert b"openapi: 3.0.3" in signed_in.get(reverse("api-schema")).content
    client.logout()
    assert client.get(reverse("api-schema")).status_code == 401

"""Whatever is sent to the running portal: no operation ends in a server error, and what is
answered has the shape that the schema promises."""

from itertools import count

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS

from tests.api.tokens import bearer, personal_token
from tests.architecture.routes import parameters

EXAMPLES = 6
# What stands in an address, by the name that the schema gives it and the place where it is.
NAMES = {
    "slug": {
        "applications": "applications/<slug:slug>",
        "teams": "teams/<slug:slug>",
        "rotas": "rotas/<slug:slug>",
        "systems": "systems/<slug:slug>",
        "kpis": "<str:scope>/<slug:slug>",
    },
    "scope": {"kpis": "kpis/<str:scope>"},
    "environment": {"applications": "environments/<slug:environment>"},
    "repository": {"applications": "repositories/<int:repository>"},
    "needed": {"applications": "dependencies/<slug:needed>"},
    "transfer": {"applications": "transfers/<int:transfer>"},
    "public_id": {"events": "events/<uuid:public_id>"},
    "id": {"deployments": "deployments/<int:pk>", "incidents": "incidents/<int:pk>"},
    "pk": {"deployments": "deployments/<int:pk>", "incidents": "incidents/<int:pk>"},
}


@pytest.fixture
def token(world, now, time_machine):
    time_machine.move_to(now)
    # No connection is kept, or the database of the test could not be taken down.
    return bearer(personal_token(world.olive, now=now)) | {"Connection": "close"}


@pytest.fixture
def settings_of_portal(world, settings, token):
    """Return what stands for the parameters of addresses, and the headers of a token."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    return parameters(world), token


def plain(value):
    """Return a value as JSON has it."""
    return value if isinstance(value, int) else str(value)


def send_anything(operation, real, headers):
    """Send whatever the schema allows and does not, half of it to an address that leads somewhere.

    Bounded and the same every time: this is a net below the tests of each operation, no search.
    """
    # A stream of YAML has several documents, which nothing here can read as one.
    is_json = "application/yaml" not in str(operation.definition.raw["responses"])
    names = ["not_a_server_error", *(["response_schema_conformance"] if is_json else [])]
    checks = CHECKS.get_by_names(names)
    numbers = count()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case):
        if next(numbers) % 2:
            known = {name: plain(real[name]) for name in case.path_parameters if name in real}
            case.path_parameters |= known
        case.call_and_validate(headers=headers, checks=checks)

    send()


@pytest.mark.django_db(transaction=True)
def test_no_operation_ends_in_a_server_error(live_server, settings_of_portal):
    values, headers = settings_of_portal
    schema = schemathesis.openapi.from_url(
        f"{live_server.url}/api/v1/schema/?format=json", headers=headers
    )
    operations = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) > 50
    for operation in operations:
        noun = operation.path.split("/")[3]
        real = {name: values[places[noun]] for name, places in NAMES.items() if noun in places}
        send_anything(operation, real, headers)

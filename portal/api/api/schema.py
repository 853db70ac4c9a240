"""What the OpenAPI schema says of every operation: its scope, its headers and its refusals."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.permissions import SAFE_METHODS

from portal.api.api.authentication import scope_of
from portal.core.problems import MEDIA_TYPE, Problem

WORDS = {
    400: "The request cannot be read; `errors` names each fault.",
    401: "Nobody is signed in, or the token is wrong, expired or revoked.",
    403: "The token lacks the scope, or the person may not do this.",
    404: "There is no such thing, or none that you may see.",
    409: "It clashes with what is there.",
    412: "It has changed since it was read.",
    422: "It is understood, but cannot be so.",
    428: "`If-Match` is missing.",
    429: "Too many requests; `Retry-After` says when to go on.",
}
ALWAYS = (401, 403, 429)

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A fresh UUID: sent again within a day, the request gets its first answer.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag with which the object was read.",
)


def problems(*codes: int) -> dict[Any, Any]:
    """Return the refusals of an operation, for its `responses`."""
    return {(code, MEDIA_TYPE): OpenApiResponse(Problem, WORDS[code]) for code in codes}


class Schema(AutoSchema):
    """Adds to an operation what `ApiView` does for all of them."""

    def get_description(self) -> str:  # type: ignore[override]
        """Return what the operation does and which scope it needs."""
        told = super().get_description()
        return f"{told}\n\nScope: `{scope_of(self.view, self.method).value}`."

    def get_override_parameters(self) -> list[Any]:
        """Add the headers that everything takes which changes something."""
        given = list(super().get_override_parameters())
        if self.method in SAFE_METHODS:
            return given
        return [*given, *([IF_MATCH] if self.method in {"PATCH", "PUT"} else []), IDEMPOTENCY_KEY]

    def get_response_serializers(self) -> Any:
        """Add the refusals that any operation can answer with."""
        given = super().get_response_serializers()
        codes = [*ALWAYS, *([] if self.method in SAFE_METHODS else [409, 422])]
        codes += [412, 428] if self.method in {"PATCH", "PUT"} else []
        return {**problems(*codes), **given}  # type: ignore[dict-item]


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema tells of bearer tokens."""

    target_class = "portal.api.api.authentication.TokenAuthentication"
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002
        """Return the definition of the scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal or pipeline token: `qd_...`.",
        }

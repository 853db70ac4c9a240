"""Descriptors by the API: checking, planning and applying what is sent, and exporting."""

from collections.abc import Mapping
from typing import IO, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.base import ApiView
from portal.api.api.parsing import StrictJsonParser
from portal.api.api.schema import problems
from portal.api.serializers import read_body, read_query
from portal.api.types import Scope
from portal.catalogue.models import Application, System, Team
from portal.catalogue.selectors import applications_visible_to, teams_visible_to
from portal.catalogue.selectors.systems import systems_visible_to
from portal.core.problems import Fault, ProblemError
from portal.descriptors.plans.compare import Plan, Source
from portal.descriptors.plans.showing import counts, shown_findings, shown_steps, summary
from portal.descriptors.reading.files import File
from portal.descriptors.serializers import (
    DescriptorsBody,
    ExportQuery,
    PlanAnswer,
    PlanQuery,
    ValidationAnswer,
)
from portal.descriptors.services import exports
from portal.descriptors.services.applying import Origin, PlanChangedError, apply_draft
from portal.descriptors.services.drafts import Draft, draft_of

LARGEST_YAML = 10 * 1024 * 1024
MOST_FAULTS = 200


class YamlParser(BaseParser):
    """Takes a YAML stream as it is: `curl --data-binary @catalog-info.yaml`.

    What is not UTF-8 is found, with its line, when the text is read.
    """

    media_type = "application/yaml"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        body = stream.read(LARGEST_YAML + 1)
        if len(body) > LARGEST_YAML:
            raise ProblemError(413, "The body has more than 10 MB. Send fewer files at once.")
        text = body.decode("utf-8", errors="surrogateescape")
        return {"files": [{"name": "catalog-info.yaml", "content": text}]}


class _DescriptorsView(ApiView):
    """What the operations on descriptors share: both ways to send files."""

    parser_classes = [StrictJsonParser, YamlParser]

    def asked(self, request: Request) -> tuple[list[File], dict[str, Any]]:
        """Return the files and what else is asked."""
        body = read_body(DescriptorsBody, request)
        files = [File(one["name"], one["content"]) for one in body["files"]]
        return files, read_query(PlanQuery, request)


class ValidateView(_DescriptorsView):
    """Checking of descriptors."""

    writes = Scope.CATALOGUE_READ

    @extend_schema(
        operation_id="descriptors_validate",
        summary="Check descriptors",
        request={"application/json": DescriptorsBody, "application/yaml": OpenApiTypes.STR},
        responses={
            200: OpenApiResponse(ValidationAnswer, "Everything that was found."),
            **problems(400),
        },
    )
    def post(self, request: Request) -> Response:
        """Return everything that is wrong with descriptors, each with its line and mend."""
        files, _ = self.asked(request)
        draft = draft_of(files, self.actor)
        found = shown_findings(draft.findings)
        return Response({"valid": not draft.errors, "findings": found})


class PlanView(_DescriptorsView):
    """Comparing descriptors with the catalogue."""

    writes = Scope.CATALOGUE_READ

    @extend_schema(
        operation_id="descriptors_plan",
        summary="Compare descriptors with the catalogue",
        parameters=[PlanQuery],
        request={"application/json": DescriptorsBody, "application/yaml": OpenApiTypes.STR},
        responses={200: OpenApiResponse(PlanAnswer, "What would change."), **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """Return what would change; nothing is changed."""
        files, options = self.asked(request)
        source = Source(takes_over=options["takes_over"])
        draft = _sound(draft_of(files, self.actor, source))
        return Response(_answer(draft, draft.plan))


class ApplyView(_DescriptorsView):
    """Applying descriptors."""

    writes = Scope.CATALOGUE_WRITE

    @extend_schema(
        operation_id="descriptors_apply",
        summary="Apply descriptors",
        parameters=[PlanQuery],
        request={"application/json": DescriptorsBody, "application/yaml": OpenApiTypes.STR},
        responses={200: OpenApiResponse(PlanAnswer, "What was changed."), **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """Apply descriptors, all or nothing; with a fingerprint exactly the plan that has it."""
        files, options = self.asked(request)
        source = Source(takes_over=options["takes_over"])
        draft = _sound(draft_of(files, self.actor, source))
        try:
            plan = apply_draft(
                draft=draft,
                actor=self.actor,
                now=timezone.now(),
                fingerprint=options["fingerprint"] or None,
                origin=Origin(source, f"sent by {self.actor.label}"),
            )
        except PlanChangedError as error:
            raise ProblemError(409, str(error)) from error
        return Response(_answer(draft, plan))


class ExportView(ApiView):
    """The catalogue as descriptors."""

    reads = Scope.CATALOGUE_READ

    @extend_schema(
        operation_id="descriptors_export",
        summary="Export descriptors",
        parameters=[ExportQuery],
        responses={
            (200, "application/yaml"): OpenApiResponse(OpenApiTypes.STR, "A YAML stream."),
            **problems(400, 404),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the whole catalogue, or one application, system or team with what is theirs."""
        query = read_query(ExportQuery, request)
        what = self._found(query)
        export = exports.export_of(self.actor, what)
        exports.record_export(
            of=what.label if what else "catalogue:descriptors",
            entities=export.entities,
            actor=self.actor.label,
            now=timezone.now(),
        )
        return HttpResponse(export.text, content_type="application/yaml; charset=utf-8")

    def _found(self, query: Mapping[str, Any]) -> Application | System | Team | None:
        if query["application"]:
            return get_object_or_404(
                applications_visible_to(self.actor), slug=query["application"]
            )
        if query["system"]:
            return get_object_or_404(systems_visible_to(self.actor), slug=query["system"])
        if query["team"]:
            return get_object_or_404(teams_visible_to(self.actor), slug=query["team"])
        return None


def _sound(draft: Draft) -> Draft:
    """Return a draft without errors.

    Raises:
        ProblemError: when there are any (422); `errors` names each with its line and mend.
    """
    if not draft.errors:
        return draft
    faults = [
        Fault(f"{error.place} {error.path}: {error.problem}", error.mend or "Correct it.")
        for error in draft.errors[:MOST_FAULTS]
    ]
    number = len(draft.errors)
    many = f"There are {number:,} errors" if number > 1 else "There is one error"
    raise ProblemError(422, f"{many} in the files. Nothing was changed.", errors=faults)


def _answer(draft: Draft, plan: Plan) -> dict[str, Any]:
    return {
        "summary": summary(plan),
        "fingerprint": plan.fingerprint,
        "counts": counts(plan),
        "steps": shown_steps(plan),
        "notes": shown_findings(draft.notes),
    }

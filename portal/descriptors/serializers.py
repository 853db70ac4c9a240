"""The shapes of the API of descriptors."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from portal.api.serializers import BodyShape, QueryShape
from portal.descriptors.plans.compare import Action
from portal.descriptors.plans.state import Noun

MOST_FILES = 5_000


class FileShape(BodyShape):
    """A file of descriptors."""

    name = serializers.CharField(
        default="catalog-info.yaml", max_length=500, help_text="How findings call it."
    )
    content = serializers.CharField(
        trim_whitespace=False, allow_blank=True, help_text="YAML, any number of documents."
    )


class DescriptorsBody(BodyShape):
    """Files that are read together: what one refers to may be in another."""

    files = FileShape(many=True, allow_empty=False, max_length=MOST_FILES)  # type: ignore[call-arg]


class PlanQuery(QueryShape):
    """How files are applied."""

    fingerprint = serializers.CharField(
        required=False,
        default="",
        max_length=64,
        help_text="That of a plan which was seen: then exactly it is applied, or nothing (409).",
    )
    takes_over = serializers.BooleanField(
        required=False, default=False, help_text="Change also what a synchronisation keeps."
    )


class ExportQuery(QueryShape):
    """What is exported: one thing by its address, or everything."""

    application = serializers.SlugField(required=False, default="")
    system = serializers.SlugField(required=False, default="")
    team = serializers.SlugField(required=False, default="")


@extend_schema_serializer(component_name="DescriptorFinding")
class FindingShape(serializers.Serializer[Any]):
    """One thing that was found in a file."""

    file = serializers.CharField()
    line = serializers.IntegerField(help_text="From 1.")
    column = serializers.IntegerField(help_text="From 1.")
    path = serializers.CharField(help_text="Where in the document: /spec/owner.")
    problem = serializers.CharField()
    mend = serializers.CharField()
    is_error = serializers.BooleanField(help_text="Whether it keeps the files from being applied.")


@extend_schema_serializer(component_name="DescriptorChange")
class ChangeShape(serializers.Serializer[Any]):
    """A field that differs, in words."""

    field = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


@extend_schema_serializer(component_name="DescriptorStep")
class StepShape(serializers.Serializer[Any]):
    """What becomes of one thing."""

    action = serializers.ChoiceField(choices=[(one.value, one.value) for one in Action])
    noun = serializers.ChoiceField(choices=[(one.value, one.value) for one in Noun])
    slug = serializers.CharField()
    name = serializers.CharField()
    changes = ChangeShape(many=True)
    drift = ChangeShape(many=True, help_text="What was changed by hand and stays.")
    refusals = serializers.ListField(child=serializers.CharField())
    held_by = serializers.CharField(help_text="Which source keeps it; empty: the pages.")
    file = serializers.CharField()
    line = serializers.IntegerField()


@extend_schema_serializer(component_name="DescriptorValidation")
class ValidationAnswer(serializers.Serializer[Any]):
    """Everything that was found, errors first."""

    valid = serializers.BooleanField()
    findings = FindingShape(many=True)


@extend_schema_serializer(component_name="DescriptorPlan")
class PlanAnswer(serializers.Serializer[Any]):
    """What changes, and what only is worth knowing."""

    summary = serializers.CharField()
    fingerprint = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    steps = StepShape(many=True)
    notes = FindingShape(many=True)

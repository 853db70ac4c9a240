"""The operators' commands: exit statuses, a readable difference, export."""

import pytest
from django.core.management import CommandError, call_command

from portal.catalogue.models import Application
from tests.descriptors.test_applying import COMPANY


@pytest.fixture
def folder(tmp_path):
    for name, text in (("a", COMPANY), ("b", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "catalog-info.yaml").write_text(text)
    return tmp_path


def run(*arguments):
    """Return the exit status and what was said."""
    try:
        call_command("apply_descriptors", *map(str, arguments))
    except SystemExit as end:
        return end.code
    except CommandError as error:
        return error.returncode
    return 0


def test_a_dry_run_shows_the_difference_and_changes_nothing(world, folder, capsys):
    assert run(folder, "--dry-run") == 3
    said = capsys.readouterr().out
    assert "+ team fraud" in said
    assert "~ application checkout\n    description: Takes money.\n    tags: java" in said
    assert "4 created, 1 changed; 0 as told." in said
    assert not Application.objects.filter(slug="scoring").exists()


def test_what_is_applied_is_there_and_the_second_time_nothing_is_left(world, folder, capsys):
    assert run(folder) == 0
    assert Application.objects.filter(slug="scoring", owner__slug="fraud").exists()
    assert run(folder, "--dry-run") == 0
    assert "Nothing changes; 5 as told." in capsys.readouterr().out


def test_errors_are_told_with_file_and_line_and_nothing_is_changed(world, folder, capsys):
    file = folder / "a" / "catalog-info.yaml"
    file.write_text(COMPANY.replace("lifecycle: experimental", "lifecycle: experimentl"))
    assert run(folder) == 1
    assert (
        f"{file}:35:34 /spec/lifecycle: There is no lifecycle experimentl."
        in capsys.readouterr().err
    )
    assert not Application.objects.filter(slug="scoring").exists()


def test_what_was_left_undone_is_told_and_has_a_status_of_its_own(world, folder, capsys):
    Application.objects.filter(slug="checkout").update(managed_by="descriptor:other")
    assert run(folder) == 4
    assert "descriptor:other keeps it; --force changes it anyway." in capsys.readouterr().out
    assert run(folder, "--force") == 0


def test_wrong_usage_has_a_status_of_its_own(world, tmp_path):
    assert run(tmp_path / "nothing.yaml") == 2
    assert run(tmp_path) == 2


def test_the_catalogue_is_written_as_it_is_read(world, tmp_path, capsys):
    call_command("apply_descriptors", "--force", _write(tmp_path / "c.yaml", COMPANY))
    file = tmp_path / "out.yaml"
    call_command("export_descriptors", "--output", str(file))
    assert run(file, "--dry-run") == 0
    call_command("export_descriptors", "--application", "scoring")
    assert "name: scoring" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no team nothing"):
        call_command("export_descriptors", "--team", "nothing")


def _write(path, text):
    path.write_text(text)
    return str(path)

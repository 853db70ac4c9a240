"""`manage.py import_git`, as operators run it."""

import pytest
from django.core.management import CommandError, call_command

from kpis.models import Deployment
from portal.integrations.management.commands import import_git
from portal.integrations.models import HistoryImport, ImportState
from portal.integrations.services import runs
from tests.integrations.test_services_runs import filled, nothing_was_written

__all__ = ["filled"]


def run(*arguments, application="checkout", **options):
    call_command("import_git", *map(str, arguments), application=application, **options)


def test_it_imports_right_away_and_tells_each_step(portal, filled, capsys):
    run(filled.path, tags="v*", exclude=["*-rc*"])
    printed = capsys.readouterr().out
    assert printed.index("Asking the repository") < printed.index("Reading commits")
    assert "New: 2 deployments, 2 changes." in printed
    assert printed.endswith("Checkout: 2 deployments, 2 changes.\n")
    assert Deployment.objects.count() == 2


def test_options_are_passed_on(portal, filled):
    filled.commit("c", "b", hours=3, path="svc/c", branch="stable")
    filled.tag("v3-rc1", "c")
    filled.tag("v3-beta1", "c")
    filled.tag("v3", "c")
    filled.write()
    run(
        filled.path,
        "--exclude=*-rc*",
        "--exclude",
        "*-beta*",
        "--paths",
        "svc/**",
        "--branch=stable",
        "--tags=v*",
    )
    job = HistoryImport.objects.get()
    assert (job.excludes, job.paths, job.branch) == (["*-rc*", "*-beta*"], ["svc/**"], "stable")
    assert (job.deployments, job.changes) == (3, 1)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (["/srv/git/typo.git"], {}, "nothing at that path"),
        (["ext::sh -c id"], {}, "ext::"),
        ([""], {}, "Say where the repository is"),
        (["REPOSITORY"], {"tags": "release-*"}, "No tag matches release-\\*. There is v1, v2."),
        (["REPOSITORY"], {"branch": "develop"}, "There is no branch develop. There is main."),
        (["REPOSITORY"], {"paths": ["svc/**"]}, "No commit touches svc/\\*\\*"),
        (["REPOSITORY"], {"application": "typo"}, "no application typo"),
        (["REPOSITORY"], {"environment": "moon"}, "no environment moon. It has: production."),
    ],
)
def test_what_is_wrong_is_one_clear_sentence_and_nothing_is_left(
    portal, filled, arguments, options, words
):
    named = [argument.replace("REPOSITORY", str(filled.path)) for argument in arguments]
    with pytest.raises(CommandError, match=words) as error:
        run(*named, **options)
    assert "\n" not in str(error.value)
    assert nothing_was_written()
    assert not HistoryImport.objects.filter(state=ImportState.RUNNING).exists()


def test_two_imports_of_the_same_at_once_are_refused(portal, filled, monkeypatch):
    refused = []

    def meanwhile(**arguments):
        try:
            run(filled.path)
        except CommandError as error:
            refused.append(str(error))
        return perform(**arguments)

    perform = runs.perform_import
    monkeypatch.setattr(import_git, "perform_import", meanwhile)
    run(filled.path)
    assert refused == ["This repository is being imported already. Wait, or cancel it."]


def test_an_interruption_at_the_terminal_ends_the_import(portal, filled, monkeypatch):
    def interrupted(**_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(import_git, "perform_import", interrupted)
    with pytest.raises(CommandError, match="interrupted at the terminal"):
        run(filled.path)
    assert HistoryImport.objects.get().state == ImportState.FAILED

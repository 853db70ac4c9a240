"""The tables of a DevLake pack, told as histories of our own."""

import csv
from collections import defaultdict
from datetime import UTC, datetime

from kpis.services.history import record_history
from tests.factories import ApplicationFactory, EnvironmentFactory, RepositoryFactory
from tests.kpis.histories import change, deployment


def read(path):
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def moment(text):
    """Read either spelling of an instant in the packs, such as `2023-4-10 6:51:47`."""
    if not text:
        return None
    if "T" in text:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def merged_changes(folder):
    """Return the merged pull requests as changes, by the commit that merged them."""
    commits, comments = defaultdict(list), defaultdict(list)
    for row in read(folder / "pull_request_commits.csv"):
        commits[row["pull_request_id"]].append(moment(row["commit_authored_date"]))
    for row in read(folder / "pull_request_comments.csv"):
        comments[row["pull_request_id"]].append((moment(row["created_date"]), row["account_id"]))
    return {
        row["merge_commit_sha"]: change(
            row["merge_commit_sha"],
            min(commits[row["id"]]),
            title=row["id"],
            opened_at=moment(row["created_date"]),
            reviewed_at=min(
                (at for at, account in comments[row["id"]] if account != row["author_id"]),
                default=None,
            ),
            merged_at=moment(row["merged_date"]),
        )
        for row in read(folder / "pull_requests.csv")
        if row["merged_date"]
    }


def contents_of(folder, rows, changes):
    """Return the changes that each deployment has and its last success before had not."""
    shas = {"": ""} | {row["id"]: row["commit_sha"] for row in rows}
    differences = defaultdict(list)
    for row in read(folder / "commits_diffs.csv"):
        if row["commit_sha"] in changes:
            differences[row["old_commit_sha"], row["new_commit_sha"]].append(row["commit_sha"])
    return {
        row["id"]: differences[shas[row["prev_success_deployment_commit_id"]], row["commit_sha"]]
        for row in rows
    }


def record(rows, mapping, *, contents, changes, now):
    """Record an application per project and scope, with all that its deployments contain.

    DevLake follows each repository of a pipeline by itself, with its own result and instant (one
    may be retried within it). So each is recorded as a deployment of its own, from a source of
    its own, instead of one deployment that finishes with the last of them.
    """
    for project, scope in [
        (row["project_name"], row["row_id"]) for row in mapping if row["table"] == "cicd_scopes"
    ]:
        application = ApplicationFactory.create(name=f"{project} {scope}")
        lines = defaultdict(list)
        for row in rows:
            if row["cicd_scope_id"] == scope:
                lines[row["environment"], row["repo_url"]].append(row)
        environments = {
            name: EnvironmentFactory.create(
                application=application,
                slug=name.lower() or "unnamed",
                name=name.title() or "Unnamed",
                is_production=name == "PRODUCTION",
            )
            for name in {name for name, _ in lines}
        }
        repositories = {
            url: RepositoryFactory.create(application=application, url=url)
            for url in {url for _, url in lines}
        }
        for (name, url), line in lines.items():
            told = [
                deployment(
                    row["id"],
                    moment(row["finished_date"]),
                    sha=row["commit_sha"],
                    status="SUCCEEDED" if row["result"] == "SUCCESS" else "FAILED",
                    contains=contents[row["id"]] if row["result"] == "SUCCESS" else (),
                )
                for row in line
            ]
            record_history(
                application=application,
                environment=environments[name],
                repository=repositories[url],
                source=f"devlake:{url}",
                deployments=told,
                changes=[changes[sha] for fact in told for sha in fact.contains],
                actor="command:import_git",
                now=now,
            )

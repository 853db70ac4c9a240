"""What events tell, worked out plainly from all of them at once: loops, no database, no shortcuts."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.integrations.events.telling import envelope

WINDOW = timedelta(hours=24)
FINISHED = ("SUCCEEDED", "FAILED", "CANCELLED")


class Said(NamedTuple):
    at: Any
    source: str
    id: str
    kind: str
    event: dict[str, Any]


def read(events):
    """Every event once, in the order in which things happened."""
    found: dict[Any, Said] = {}
    for event in events:
        source, id_, type_, at = envelope(event)
        kind = type_.removeprefix("dev.cdevents.").rsplit(".", 3)[0] if "." in type_ else type_
        found.setdefault((source, id_), Said(at, source, id_, kind, event))
    return sorted(found.values(), key=lambda said: (said.at, said.source, said.id))


def instant(event, name):
    return datetime.fromisoformat(event[name]) if name in event else None


def last(values):
    return next((value for value in reversed(values) if value), "")


def first(values):
    return min((value for value in values if value is not None), default=None)


class Oracle:
    """The facts of one application that the events tell; repositories by their last part."""

    def __init__(self, events):
        self.said = read(events)
        self.artifacts = self._artifacts()
        self.changes = self._changes()
        self.deployments = self._deployments()
        repositories = {change["repository"] for change in self.changes.values()}
        repositories |= {d["repository"] for d in self.deployments.values() if d["repository"]}
        repositories |= {a["repository"] for a in self.artifacts.values() if a["repository"]}
        self.repositories = repositories
        for deployment in self.deployments.values():
            self._commit(deployment)
        self.contents = {}
        for environment in ("production", "staging"):
            self._line(environment)
            for repository in repositories:
                self._succession(environment, repository)
        self._contents()
        self.incidents = self._incidents()
        self._blame()

    def _artifacts(self):
        found: dict[str, dict[str, Any]] = {}
        for said in self.said:
            if said.kind in ("artifact.packaged", "artifact.published"):
                subject, custom = said.event["subject"], said.event.get("customData", {})
                change = subject["content"].get("change", {})
                if not change and "commit" not in custom:
                    continue
                one = found.setdefault(subject["id"], {"change": "", "sha": "", "repository": ""})
                one["change"] = change.get("id") or one["change"]
                one["sha"] = custom.get("commit") or one["sha"]
                one["repository"] = (
                    change.get("source") or custom.get("repository") or one["repository"]
                )
        return found

    def _changes(self):
        groups: dict[Any, Any] = {}
        for said in self.said:
            event = said.event
            if said.kind == "change":
                name = event.get("id", event["commit"])
                words: Any = {"sha": event["commit"], "title": event.get("title", "")}
                words |= {
                    stage: instant(event, f"{stage}_at")
                    for stage in ("authored", "opened", "reviewed", "merged")
                }
                groups.setdefault((event["repository"], name), []).append(words)
            elif said.kind.startswith("change."):
                custom = event.get("customData", {})
                stage = {"created": "opened"}.get(said.kind.split(".")[1], said.kind.split(".")[1])
                words = {"sha": custom.get("commit", ""), stage: said.at}
                repository = event["subject"]["content"]["repository"]["id"]
                groups.setdefault((repository, event["subject"]["id"]), []).append(words)
        changes = {}
        for (repository, name), words in groups.items():
            stages = {
                stage: first([one.get(stage) for one in words])
                for stage in ("authored", "opened", "reviewed", "merged")
            }
            if stages["authored"] is None:
                stages["authored"] = first(list(stages.values()))
            changes[repository, name] = {
                "repository": repository,
                "name": name,
                "sha": last([one["sha"] for one in words]),
                **stages,
            }
        return changes

    def _deployments(self):
        groups: dict[Any, Any] = {}
        for said in self.said:
            event = said.event
            if said.kind == "deployment":
                began = instant(event, "started_at") or instant(event, "finished_at")
                name = (
                    event.get("id")
                    or f"{event.get('version') or event['commit']}@{began.isoformat()}"
                )
                words: Any = {
                    "key": f"plain#{name}",
                    "status": event["status"].upper(),
                    "kind": event.get("kind", "").upper(),
                    "at": instant(event, "finished_at") or said.at,
                    "sha": event.get("commit", ""),
                    "repository": event.get("repository", ""),
                    "changes": tuple(event.get("changes", ())),
                    "names": {name, event.get("version", ""), event.get("commit", "")} - {""},
                    "remedies": event.get("remedies", ""),
                    "artifact": "",
                }
                groups.setdefault((event["environment"], words["key"]), []).append(words)
            elif said.kind in ("service.deployed", "service.upgraded", "service.rolledback"):
                content, custom = event["subject"]["content"], event.get("customData", {})
                chain = event["context"].get("chainId")
                words = {
                    "key": f"{said.source}#{said.id}",
                    "status": "SUCCEEDED",
                    "kind": "ROLLBACK" if said.kind == "service.rolledback" else "",
                    "at": said.at,
                    "sha": custom.get("commit", ""),
                    "repository": custom.get("repository", ""),
                    "changes": (),
                    "names": {said.id, content["artifactId"]}
                    | ({f"chain:{chain}"} if chain else set()),
                    "remedies": "",
                    "artifact": content["artifactId"],
                }
                groups.setdefault((content["environment"]["id"], words["key"]), []).append(words)
        deployments = {}
        for (environment, key), words in groups.items():
            end = next((one for one in words if one["status"] in FINISHED), None)
            deployments[environment, key] = {
                "environment": environment,
                "key": key,
                "status": (end or words[-1])["status"],
                "at": end["at"] if end else None,
                "told_kind": last([one["kind"] for one in words]),
                "told_remedies": last([one["remedies"] for one in words]),
                "names": set().union(*(one["names"] for one in words)),
                "sha": last([one["sha"] for one in words]),
                "repository": last([one["repository"] for one in words]),
                "changes": last([one["changes"] for one in words]) or (),
                "artifact": last([one["artifact"] for one in words]),
                "kind": "PLANNED",
                "remedies": None,
                "baseline": False,
                "previous": "",
                "head": None,
                "placed": None,
            }
        return deployments

    def _commit(self, deployment):
        """Which commit of which repository it put live, and which change that is."""
        artifact = self.artifacts.get(deployment["artifact"], {})
        repository = deployment["repository"] or artifact.get("repository")
        if not repository and len(self.repositories) == 1:
            (repository,) = self.repositories
        sha = deployment["sha"] or artifact.get("sha")
        if not repository:
            return
        heads = [change for change in self.changes.values() if change["repository"] == repository]
        if sha:
            heads = sorted(
                (change for change in heads if change["sha"] == sha), key=lambda c: c["name"]
            )[:1]
        else:
            heads = [change for change in heads if change["name"] == artifact.get("change")]
        if sha or heads:
            deployment["placed"] = (repository, sha or heads[0]["sha"])
            deployment["head"] = heads[0] if heads else None

    def successes(self, environment):
        found = [
            deployment
            for deployment in self.deployments.values()
            if deployment["environment"] == environment and deployment["status"] == "SUCCEEDED"
        ]
        return sorted(found, key=lambda d: (d["at"], d["key"]))

    def _line(self, environment):
        for deployment in self.deployments.values():
            if deployment["environment"] == environment:
                deployment["kind"] = deployment["told_kind"] or "PLANNED"
        line = self.successes(environment)
        for number, deployment in enumerate(line):
            earlier = [one for one in line if one["at"] < deployment["at"]]
            before = line[number - 1] if number else None
            if not deployment["told_kind"] and before:
                deployment["kind"] = (
                    "ROLLBACK" if self._went_back(deployment, before, earlier) else "PLANNED"
                )
            if deployment["told_remedies"]:
                named = [one for one in earlier if deployment["told_remedies"] in one["names"]]
                deployment["remedies"] = named[-1] if named else None
            elif deployment["kind"] != "PLANNED":
                deployment["remedies"] = before

    @staticmethod
    def _went_back(deployment, before, earlier):
        placed, artifact = deployment["placed"], deployment["artifact"]
        is_known = any(one["placed"] == placed for one in earlier)
        if placed and placed[1] and placed != before["placed"] and is_known:
            return True
        return bool(
            artifact
            and artifact != before["artifact"]
            and any(one["artifact"] == artifact for one in earlier)
        )

    def _succession(self, environment, repository):
        line = [
            one
            for one in self.successes(environment)
            if one["placed"] and one["placed"][0] == repository
        ]
        reach = None
        for number, deployment in enumerate(line):
            head = (
                deployment["head"]["merged"]
                if deployment["head"] and not deployment["changes"]
                else None
            )
            if number == 0:
                deployment["baseline"] = True
                head = head or deployment["at"]
            else:
                deployment["previous"] = line[number - 1]["placed"][1]
            reach = max((at for at in (reach, head) if at), default=None)
            deployment["reach"] = reach

    def _contents(self):
        for (repository, name), change in self.changes.items():
            for environment in ("production", "staging"):
                for deployment in self.successes(environment):
                    swept = (
                        deployment["placed"]
                        and deployment["placed"][0] == repository
                        and change["merged"]
                        and change["merged"] <= deployment["reach"]
                    )
                    if swept or {change["sha"], name} & set(deployment["changes"]):
                        self.contents[repository, name, environment] = deployment
                        break

    def _incidents(self):
        groups: dict[Any, Any] = {}
        for said in self.said:
            event = said.event
            if said.kind == "incident":
                words: Any = {
                    "environment": event.get("environment", ""),
                    "opened": instant(event, "opened_at"),
                    "resolved": instant(event, "resolved_at"),
                    "again": False,
                    "causes": {event.get("caused_by", "")} - {""},
                }
                groups.setdefault(f"plain#{event['id']}", []).append(words | {"at": said.at})
            elif said.kind.startswith("incident."):
                context, content = event["context"], event["subject"]["content"]
                causes = {content.get("artifactId", "")} - {""}
                causes |= {link["target"]["contextId"] for link in context.get("links", ())}
                if "chainId" in context:
                    causes.add(f"chain:{context['chainId']}")
                is_end = said.kind == "incident.resolved"
                words = {
                    "environment": content["environment"]["id"],
                    "opened": None if is_end else said.at,
                    "resolved": said.at if is_end else None,
                    "again": said.kind == "incident.detected",
                    "causes": causes,
                }
                key = f"{said.source}#{event['subject']['id']}"
                groups.setdefault(key, []).append(words | {"at": said.at})
        incidents = {}
        for key, words in groups.items():
            opened = first([one["opened"] for one in words])
            if opened is None:
                continue
            resolved = None
            for one in words:
                if resolved is None:
                    resolved = one["resolved"]
                elif one["again"] and one["at"] > resolved:
                    resolved = None
            incidents[key] = {
                "environment": last([one["environment"] for one in words]),
                "opened": opened,
                "resolved": max(resolved, opened) if resolved else None,
                "causes": set().union(*(one["causes"] for one in words)),
            }
        return incidents

    def _blame(self):
        everything = [*self.successes("production"), *self.successes("staging")]
        everything.sort(key=lambda d: (d["at"], d["key"]))
        self.links = set()
        for deployment in self.deployments.values():
            if deployment["remedies"] and deployment["kind"] != "PLANNED":
                self.links.add(
                    (
                        self.name(deployment["remedies"]),
                        "remedy",
                        self.name(deployment),
                        deployment["kind"],
                    )
                )
        for key, incident in self.incidents.items():
            blamed, rule = self._cause(incident, everything)
            if blamed:
                self.links.add((self.name(blamed), "incident", key, rule))
        for deployment in self.deployments.values():
            self._settle(deployment)

    @staticmethod
    def name(deployment):
        return deployment["environment"], deployment["key"]

    @staticmethod
    def _cause(incident, everything):
        opened, resolved = incident["opened"], incident["resolved"]
        here = [
            one
            for one in everything
            if not incident["environment"] or one["environment"] == incident["environment"]
        ]
        named = [
            one
            for one in here
            if one["names"] & incident["causes"] and one["at"] <= opened + timedelta(minutes=5)
        ]
        if named:
            return named[-1], "EXPLICIT"
        for one in here:
            mended = one["remedies"]
            if (
                mended
                and one["kind"] != "PLANNED"
                and opened <= one["at"] <= (resolved or opened + WINDOW)
                and mended["at"] <= opened
            ):
                return mended, one["kind"]
        if not incident["environment"]:
            here = [one for one in everything if one["environment"] == "production"]
        late = [one for one in here if opened - WINDOW < one["at"] <= opened]
        return (late[-1], "WINDOW") if late else (None, None)

    def _settle(self, deployment):
        mine = [link for link in self.links if link[0] == self.name(deployment)]
        ends = [
            self.deployments[link[2]]["at"]
            for link in mine
            if link[1] == "remedy" and self.deployments[link[2]]["status"] == "SUCCEEDED"
        ][:]
        remedied = min(ends, default=None)
        blamed = [self.incidents[link[2]] for link in mine if link[1] == "incident"]
        resolved = None
        if blamed and all(one["resolved"] for one in blamed):
            resolved = max(one["resolved"] for one in blamed)
        recovered = first([remedied, resolved])
        deployment["failed"] = bool(mine)
        deployment["recovered"] = max(recovered, deployment["at"]) if recovered else None
        deployment["unplanned"] = (
            deployment["kind"] != "PLANNED" or deployment["remedies"] is not None
        )

    def facts(self):
        """Everything in plain values, to be compared."""
        return {
            "deployments": {
                self.name(one): (
                    one["status"],
                    one["at"],
                    one["kind"],
                    one["remedies"] and self.name(one["remedies"]),
                    one["baseline"],
                    one["placed"],
                    one["previous"],
                    one["failed"],
                    one["recovered"],
                    one["unplanned"],
                )
                for one in self.deployments.values()
            },
            "changes": {
                key: (one["sha"], one["authored"], one["opened"], one["reviewed"], one["merged"])
                for key, one in self.changes.items()
            },
            "contents": {key: self.name(one) for key, one in self.contents.items()},
            "incidents": {
                key: (one["environment"] or None, one["opened"], one["resolved"])
                for key, one in self.incidents.items()
            },
            "links": self.links,
        }

"""A project with everything that real histories have: made by a seed, the same every time.

About three hundred commits: squashes, merges, an octopus and a criss-cross merge, reverts by name
and by subject, hotfixes by branch and by subject, release candidates, a maintenance line with
releases of its own that is merged back, a release taken back, annotated and lightweight tags,
commits at the same second and commits authored after they were committed, two services.
"""

from random import Random

PEOPLE = ["Ada <ada@example.com>", "Bo <bo@example.com>", "Cy <cy@example.com>"]
BOT = "renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>"


class Project:
    """Writes the history into a repository, step by step."""

    def __init__(self, repository, *, seed=7):
        self.repository = repository
        self.random = Random(seed)
        self.clock = 0.0
        self.count = 0
        self.releases = []
        self.released = []
        self.waiting = []
        self.titles = {}
        self.main = self.commit(subject="Begin")

    def build(self, *, steps=100):
        """Write everything."""
        turns = {
            18: self.octopus,
            27: self.criss_cross,
            38: self.open_maintenance,
            52: self.release_maintenance,
            61: self.roll_back,
            70: self.release_maintenance,
            78: self.merge_maintenance_back,
        }
        usual = [
            *[self.squash] * 18,
            *[self.feature] * 14,
            *[self.bot] * 4,
            self.revert_by_name,
            self.revert_by_subject,
            self.hotfix_branch,
            self.hotfix_commit,
        ]
        for step in range(steps):
            turns.get(step, self.random.choice(usual))()
            if step % 4 == 3:
                self.candidate()
            if step % 5 == 4:
                self.release()
        self.repository.write()
        return self

    # --- Commits ------------------------------------------------------------------------------

    def later(self):
        """Some time later, or at the very same second."""
        self.clock += self.random.choice([0, 0.1, 0.5, 2, 7, 30])
        return self.clock

    def commit(self, *parents, **more):
        self.count += 1
        hours = self.later()
        skew = self.random.choice([0, 0, 0, -3, -40, 1])
        name = self.repository.commit(
            f"n{self.count}",
            *parents,
            hours=hours,
            authored=hours + skew,
            author=more.pop("author", self.random.choice(PEOPLE)),
            path=f"{self.random.choice(['svc/pay', 'svc/web'])}/{self.count}",
            branch=more.pop("branch", "main"),
            **more,
        )
        self.waiting.append(name)
        return name

    def squash(self):
        title = f"Feature {self.count} (#{self.count})"
        self.main = self.commit(self.main, subject=title)
        self.titles[self.main] = title

    def bot(self):
        self.main = self.commit(self.main, subject="Update a dependency", author=BOT)

    def branch(self, length, start=None):
        tip = start or self.main
        for _ in range(length):
            tip = self.commit(tip, branch="work")
        return tip

    def merge(self, *tips, subject="Merge branch 'work'"):
        self.main = self.commit(self.main, *tips, subject=subject)

    def feature(self):
        tip = self.branch(self.random.randint(1, 5))
        if self.random.random() < 0.5:
            self.squash()
        self.merge(tip)

    def octopus(self):
        start = self.main
        self.merge(*[self.branch(2, start) for _ in range(3)])

    def criss_cross(self):
        one, two = self.branch(1), self.branch(1)
        left = self.commit(one, two, branch="work", subject="Merge branch 'two'")
        right = self.commit(two, one, branch="work", subject="Merge branch 'one'")
        self.merge(self.branch(1, left))
        self.merge(self.branch(1, right))

    def revert_by_name(self):
        if self.released:
            gone = self.repository.sha(self.random.choice(self.released))
            self.main = self.commit(
                self.main, subject="Take a change back", body=f"This reverts commit {gone}."
            )

    def revert_by_subject(self):
        titles = [self.titles[name] for name in self.released[-30:] if name in self.titles]
        if titles:
            self.main = self.commit(self.main, subject=f'Revert "{self.random.choice(titles)}"')

    def hotfix_branch(self):
        self.merge(self.branch(2), subject="Merge branch 'hotfix/urgent'")

    def hotfix_commit(self):
        self.main = self.commit(self.main, subject="Hotfix: rounding of cents")

    # --- Releases -----------------------------------------------------------------------------

    def tag(self, name, commit):
        annotated = self.random.random() < 0.5 or commit != self.main
        self.clock += 0.25
        self.repository.tag(name, commit, hours=self.clock if annotated else None)

    def candidate(self):
        self.tag(f"v{len(self.releases)}-rc1", self.main)

    def release(self):
        self.squash()
        self.tag(f"v{len(self.releases)}", self.main)
        self.releases.append(self.main)
        self.released += self.waiting
        self.waiting = []

    def roll_back(self):
        self.release()
        self.tag(f"v{len(self.releases)}-back", self.releases[-2])

    def open_maintenance(self):
        self.maintained = self.releases[-1]

    def release_maintenance(self):
        for _ in range(3):
            self.maintained = self.commit(self.maintained, branch="1.x")
        self.repository.tag(f"v{len(self.releases) - 1}.1", self.maintained, hours=self.later())

    def merge_maintenance_back(self):
        self.merge(self.maintained, subject="Merge branch '1.x'")

"""What others wrote and we serve: it is what VENDOR.md says, and draws what Python builds."""

import hashlib
import re
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs_version

from portal.settings.env import BASE_DIR

VENDOR = BASE_DIR / "portal" / "static" / "vendor"
LINE = re.compile(
    r"\| `(?P<file>[^`]+)` \|.*\| (?P<version>[\d.]+) \|.*\| `(?P<sum>[0-9a-f]{64})`"
)
LISTED = {
    match["file"]: match
    for match in map(LINE.match, (VENDOR / "VENDOR.md").read_text().split("\n"))
    if match
}


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_file_is_the_one_that_is_listed(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == LISTED[name]["sum"]


def test_every_file_is_listed():
    files = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert files - {"VENDOR.md"} == LISTED.keys()


def test_what_draws_has_the_major_version_of_what_builds():
    script = "plotly/plotly-basic.min.js"
    version = LISTED[script]["version"]
    assert f"v{version}" in (VENDOR / script).read_text()[:200]
    assert version.split(".")[0] == get_plotlyjs_version().split(".")[0]


def test_the_rules_shipped_are_those_the_script_would_insert():
    script = (VENDOR / "plotly" / "plotly-basic.min.js").read_text()
    shipped = Path(VENDOR / "plotly" / "plotly.css").read_text().splitlines()[1:]
    table = re.search(r'\w+=\{("X,X div".*?)\};for\(', script, re.DOTALL)
    assert table
    rules = {
        f"{selector}{{{double or single}}}".replace("X", ".js-plotly-plot .plotly")
        for selector, double, single in re.findall(
            r'"([^"]+)":(?:"((?:[^"\\]|\\.)*)"|\'([^\']*)\')', table[1]
        )
    }
    assert len(shipped) > 20
    assert set(shipped) <= rules
    for used in (".main-svg{", ".crisp{", ".draglayer{"):
        assert any(used in rule for rule in shipped)

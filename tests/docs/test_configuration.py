"""docs/configuration.md names every variable that the settings read, and no other."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READERS = {"str", "list", "bool", "int", "db_url", "email_url"}
# Read by the tests alone.
SETTINGS = [path for path in (ROOT / "portal" / "settings").glob("*.py") if path.stem != "test"]


def variables_read(source: str) -> set[str]:
    return {
        str(call.args[0].value)
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        if (isinstance(call.func, ast.Attribute) and call.func.attr in READERS)
        or (isinstance(call.func, ast.Name) and call.func.id == "required")
    }


def variables_documented(text: str) -> list[str]:
    return re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)


def test_every_variable_is_documented_once_and_every_documented_one_is_read():
    documented = variables_documented((ROOT / "docs" / "configuration.md").read_text())
    read = set().union(*(variables_read(path.read_text()) for path in SETTINGS))
    assert sorted(documented) == sorted(read)


def test_a_variable_is_found_however_it_is_read():
    source = "a = env.str('A', default='')\nb = required('B')\nc = print('C')\nd = env.db_url('D')"
    assert variables_read(source) == {"A", "B", "D"}

"""Keep the values of days as they are: compressing them costs more than it saves."""

from django.db import migrations

COLUMNS = [
    f"{stage}_values" for stage in ("lead", "coding", "pickup", "review", "merge", "recovery")
]


def storage(kind: str) -> str:
    """Return the statement that gives every column that storage."""
    return "ALTER TABLE kpis_rollup " + ", ".join(
        f"ALTER COLUMN {column} SET STORAGE {kind}" for column in COLUMNS
    )


class Migration(migrations.Migration):

    dependencies = [("kpis", "0001_initial")]

    operations = [migrations.RunSQL(storage("EXTERNAL"), storage("EXTENDED"))]

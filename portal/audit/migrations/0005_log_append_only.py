"""Make the log append-only in the database itself, as the entries are."""

from django.db import migrations

TABLES = ("audit_leaf", "audit_node", "audit_checkpoint")

FORWARDS = "".join(
    f"""
CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER {table}_table BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rows;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_table;
"""
    for table in TABLES
)

BACKWARDS = "".join(
    f"DROP TRIGGER {table}_rows ON {table}; DROP TRIGGER {table}_table ON {table};"
    for table in TABLES
)


class Migration(migrations.Migration):
    """Triggers against UPDATE, DELETE and TRUNCATE."""

    dependencies = [("audit", "0004_log")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]

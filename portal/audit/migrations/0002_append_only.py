"""Make the entries append-only in the database itself.

The triggers are ENABLE ALWAYS, so that a session in replica mode obeys them as well. Of a free
text only the text may be emptied, which is how erasure by law works.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_only_erase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text IS NOT NULL
        OR (NEW.id, NEW.entry_id, NEW.name, NEW.salt)
            IS DISTINCT FROM (OLD.id, OLD.entry_id, OLD.name, OLD.salt) THEN
        RAISE EXCEPTION 'Of an audit text only the text can be erased'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER audit_entry_rows BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_entry_table BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_freetext_update BEFORE UPDATE ON audit_freetext
    FOR EACH ROW EXECUTE FUNCTION audit_only_erase();
CREATE TRIGGER audit_freetext_delete BEFORE DELETE ON audit_freetext
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_freetext_table BEFORE TRUNCATE ON audit_freetext
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_rows;
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_table;
ALTER TABLE audit_freetext ENABLE ALWAYS TRIGGER audit_freetext_update;
ALTER TABLE audit_freetext ENABLE ALWAYS TRIGGER audit_freetext_delete;
ALTER TABLE audit_freetext ENABLE ALWAYS TRIGGER audit_freetext_table;
"""

BACKWARDS = """
DROP TRIGGER audit_entry_rows ON audit_entry;
DROP TRIGGER audit_entry_table ON audit_entry;
DROP TRIGGER audit_freetext_update ON audit_freetext;
DROP TRIGGER audit_freetext_delete ON audit_freetext;
DROP TRIGGER audit_freetext_table ON audit_freetext;
DROP FUNCTION audit_refuse();
DROP FUNCTION audit_only_erase();
"""


class Migration(migrations.Migration):
    """Triggers against UPDATE, DELETE and TRUNCATE."""

    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]

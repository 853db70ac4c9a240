"""Make a frozen shift a record that the database itself keeps as it is."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION oncall_refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.frozen_at IS NOT NULL THEN
        RAISE EXCEPTION 'A shift that is over is a record: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER oncall_shift_frozen BEFORE UPDATE OR DELETE ON oncall_shift
    FOR EACH ROW EXECUTE FUNCTION oncall_refuse_frozen();
ALTER TABLE oncall_shift ENABLE ALWAYS TRIGGER oncall_shift_frozen;
"""

BACKWARDS = """
DROP TRIGGER oncall_shift_frozen ON oncall_shift;
DROP FUNCTION oncall_refuse_frozen();
"""


class Migration(migrations.Migration):
    """A trigger against UPDATE and DELETE of frozen shifts."""

    dependencies = [("oncall", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]

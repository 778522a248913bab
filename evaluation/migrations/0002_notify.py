"""The database itself says when a submission or its run changed, so that no writer can forget to."""

from django.db import migrations

CREATE = """
CREATE FUNCTION consilium_run_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'submission:' || NEW.submission_id);
    PERFORM pg_notify('consilium', 'queue');
    RETURN NULL;
END $$;
CREATE TRIGGER run_changed AFTER INSERT OR UPDATE ON evaluation_run
    FOR EACH ROW EXECUTE FUNCTION consilium_run_changed();
CREATE FUNCTION consilium_submission_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'submission:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER submission_changed AFTER UPDATE ON evaluation_submission
    FOR EACH ROW EXECUTE FUNCTION consilium_submission_changed();
"""

DROP = """
DROP TRIGGER run_changed ON evaluation_run;
DROP FUNCTION consilium_run_changed();
DROP TRIGGER submission_changed ON evaluation_submission;
DROP FUNCTION consilium_submission_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]

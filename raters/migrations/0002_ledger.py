"""The database itself keeps ratings from being changed, and says when a study changed."""

from django.db import migrations

CREATE = """
CREATE FUNCTION consilium_rating_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'counted' = to_jsonb(OLD) - 'counted' THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'ratings are appended, never changed or deleted: submit a revision instead';
END $$;
CREATE TRIGGER rating_is_kept BEFORE UPDATE OR DELETE ON raters_ratingrevision
    FOR EACH ROW EXECUTE FUNCTION consilium_rating_is_kept();

CREATE FUNCTION consilium_study_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'study:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER study_changed AFTER UPDATE ON raters_study
    FOR EACH ROW EXECUTE FUNCTION consilium_study_changed();

CREATE FUNCTION consilium_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'study:' || NEW.study_id);
    RETURN NULL;
END $$;
CREATE TRIGGER tally_changed AFTER INSERT OR UPDATE ON raters_agreementtally
    FOR EACH ROW EXECUTE FUNCTION consilium_tally_changed();
"""

DROP = """
DROP TRIGGER tally_changed ON raters_agreementtally;
DROP FUNCTION consilium_tally_changed();
DROP TRIGGER study_changed ON raters_study;
DROP FUNCTION consilium_study_changed();
DROP TRIGGER rating_is_kept ON raters_ratingrevision;
DROP FUNCTION consilium_rating_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("raters", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]

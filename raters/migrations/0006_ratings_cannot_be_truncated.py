"""Emptying the table of ratings at once is refused, too.

Whoever must, a test that cleans up, says so in its session: SET consilium.ratings_may_be_truncated = 'yes'.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION consilium_ratings_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('consilium.ratings_may_be_truncated', true) = 'yes' THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'ratings are kept: their table is never emptied';
END $$;
CREATE TRIGGER ratings_are_kept BEFORE TRUNCATE ON raters_ratingrevision
    FOR EACH STATEMENT EXECUTE FUNCTION consilium_ratings_are_kept();
"""

DROP = """
DROP TRIGGER ratings_are_kept ON raters_ratingrevision;
DROP FUNCTION consilium_ratings_are_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("raters", "0005_study_decisions")]
    operations = [migrations.RunSQL(CREATE, DROP)]

"""The database says when published results are added, and lets nobody edit what happened on a board."""

from django.db import migrations

CREATE = """
CREATE FUNCTION consilium_reported_table_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'board:' || NEW.board);
    RETURN NULL;
END $$;
CREATE TRIGGER reported_table_added AFTER INSERT ON leaderboard_reportedtable
    FOR EACH ROW EXECUTE FUNCTION consilium_reported_table_added();

CREATE FUNCTION consilium_study_results_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'board:' || study.slug) FROM raters_study study WHERE study.id = NEW.study_id;
    RETURN NULL;
END $$;
CREATE TRIGGER study_results_added AFTER INSERT ON leaderboard_studyresults
    FOR EACH ROW EXECUTE FUNCTION consilium_study_results_added();

CREATE FUNCTION consilium_score_events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened on a board is never edited: append an event';
END $$;
CREATE TRIGGER score_events_are_kept BEFORE UPDATE OR DELETE ON leaderboard_scoreevent
    FOR EACH ROW EXECUTE FUNCTION consilium_score_events_are_kept();
"""

DROP = """
DROP TRIGGER score_events_are_kept ON leaderboard_scoreevent;
DROP FUNCTION consilium_score_events_are_kept();
DROP TRIGGER study_results_added ON leaderboard_studyresults;
DROP FUNCTION consilium_study_results_added();
DROP TRIGGER reported_table_added ON leaderboard_reportedtable;
DROP FUNCTION consilium_reported_table_added();
"""


class Migration(migrations.Migration):
    dependencies = [("leaderboard", "0003_events_and_published_results")]
    operations = [migrations.RunSQL(CREATE, DROP)]

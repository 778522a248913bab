"""What is appended to a board never comes before what is there: a board of the past keeps what it showed.

Clocks are set back, and those of two machines differ. A board is replayed in the order of `at`, and the newest
row is the one that counts; nor is anything of tomorrow by the database's clock, or nobody could cite it today.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION consilium_event_comes_last() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := greatest(least(NEW.at, clock_timestamp()), (
        SELECT max(event.at) + interval '1 microsecond'
        FROM evaluation_run run
        JOIN evaluation_submission own ON own.id = run.submission_id
        JOIN evaluation_submission beside ON beside.version_id = own.version_id
        JOIN evaluation_run other ON other.submission_id = beside.id
        JOIN leaderboard_scoreevent event ON event.run_id = other.id
        WHERE run.id = NEW.run_id));
    RETURN NEW;
END $$;
CREATE TRIGGER event_comes_last BEFORE INSERT ON leaderboard_scoreevent
    FOR EACH ROW EXECUTE FUNCTION consilium_event_comes_last();

CREATE FUNCTION consilium_results_come_last() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := greatest(least(NEW.at, clock_timestamp()), (SELECT max(at) + interval '1 microsecond' FROM leaderboard_studyresults
                                WHERE study_id = NEW.study_id));
    RETURN NEW;
END $$;
CREATE TRIGGER results_come_last BEFORE INSERT ON leaderboard_studyresults
    FOR EACH ROW EXECUTE FUNCTION consilium_results_come_last();

CREATE FUNCTION consilium_table_comes_last() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := greatest(least(NEW.at, clock_timestamp()), (SELECT max(at) + interval '1 microsecond' FROM leaderboard_reportedtable
                                WHERE board = NEW.board));
    RETURN NEW;
END $$;
CREATE TRIGGER table_comes_last BEFORE INSERT ON leaderboard_reportedtable
    FOR EACH ROW EXECUTE FUNCTION consilium_table_comes_last();
"""

DROP = """
DROP TRIGGER table_comes_last ON leaderboard_reportedtable;
DROP FUNCTION consilium_table_comes_last();
DROP TRIGGER results_come_last ON leaderboard_studyresults;
DROP FUNCTION consilium_results_come_last();
DROP TRIGGER event_comes_last ON leaderboard_scoreevent;
DROP FUNCTION consilium_event_comes_last();
"""


class Migration(migrations.Migration):
    dependencies = [("leaderboard", "0005_whatever_a_board_shows_is_told")]
    operations = [migrations.RunSQL(CREATE, DROP)]

"""The database says of everything a board's pages show when it changed: pages are kept until then.

Besides boards and published results (0002, 0004): what benchmarks there are, what happened to a run, doubts about
it, who may see it, and a system's name.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION consilium_benchmark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'board:' || coalesce(NEW.slug, OLD.slug));
    RETURN NULL;
END $$;
CREATE TRIGGER benchmark_changed AFTER INSERT OR UPDATE OR DELETE ON evaluation_benchmark
    FOR EACH ROW EXECUTE FUNCTION consilium_benchmark_changed();

CREATE FUNCTION consilium_version_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'board:' || slug) FROM evaluation_benchmark WHERE id = NEW.benchmark_id;
    RETURN NULL;
END $$;
CREATE TRIGGER version_changed AFTER INSERT OR UPDATE ON evaluation_benchmarkversion
    FOR EACH ROW EXECUTE FUNCTION consilium_version_changed();

CREATE FUNCTION consilium_published_run_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'board:' || benchmark.slug)
    FROM evaluation_run run
    JOIN evaluation_submission submission ON submission.id = run.submission_id
    JOIN evaluation_benchmarkversion version ON version.id = submission.version_id
    JOIN evaluation_benchmark benchmark ON benchmark.id = version.benchmark_id
    WHERE run.id = NEW.run_id;
    RETURN NULL;
END $$;
CREATE TRIGGER score_event_added AFTER INSERT ON leaderboard_scoreevent
    FOR EACH ROW EXECUTE FUNCTION consilium_published_run_changed();
CREATE TRIGGER flag_changed AFTER INSERT OR UPDATE ON leaderboard_flag
    FOR EACH ROW EXECUTE FUNCTION consilium_published_run_changed();

CREATE FUNCTION consilium_visibility_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'board:' || benchmark.slug)
    FROM evaluation_benchmarkversion version
    JOIN evaluation_benchmark benchmark ON benchmark.id = version.benchmark_id
    WHERE version.id = NEW.version_id;
    RETURN NULL;
END $$;
CREATE TRIGGER visibility_changed AFTER UPDATE ON evaluation_submission
    FOR EACH ROW WHEN (
        (OLD.visibility, OLD.named_on, OLD.relation, OLD.consent, OLD.system_id)
        IS DISTINCT FROM (NEW.visibility, NEW.named_on, NEW.relation, NEW.consent, NEW.system_id)
    ) EXECUTE FUNCTION consilium_visibility_changed();

CREATE FUNCTION consilium_system_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'board:' || slug) FROM (
        SELECT DISTINCT benchmark.slug
        FROM evaluation_submission submission
        JOIN evaluation_benchmarkversion version ON version.id = submission.version_id
        JOIN evaluation_benchmark benchmark ON benchmark.id = version.benchmark_id
        WHERE submission.system_id = NEW.id
    ) boards;
    RETURN NULL;
END $$;
CREATE TRIGGER system_renamed AFTER UPDATE OF name ON evaluation_system
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION consilium_system_renamed();
"""

DROP = """
DROP TRIGGER system_renamed ON evaluation_system;
DROP FUNCTION consilium_system_renamed();
DROP TRIGGER visibility_changed ON evaluation_submission;
DROP FUNCTION consilium_visibility_changed();
DROP TRIGGER flag_changed ON leaderboard_flag;
DROP TRIGGER score_event_added ON leaderboard_scoreevent;
DROP FUNCTION consilium_published_run_changed();
DROP TRIGGER version_changed ON evaluation_benchmarkversion;
DROP FUNCTION consilium_version_changed();
DROP TRIGGER benchmark_changed ON evaluation_benchmark;
DROP FUNCTION consilium_benchmark_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("leaderboard", "0004_told_and_kept")]
    operations = [migrations.RunSQL(CREATE, DROP)]

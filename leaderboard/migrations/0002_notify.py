"""The database itself says when a board changed."""

from django.db import migrations

CREATE = """
CREATE FUNCTION consilium_board_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consilium', 'board:' || benchmark.slug)
    FROM evaluation_benchmarkversion version
    JOIN evaluation_benchmark benchmark ON benchmark.id = version.benchmark_id
    WHERE version.id = NEW.version_id;
    RETURN NULL;
END $$;
CREATE TRIGGER board_changed AFTER INSERT OR UPDATE ON leaderboard_board
    FOR EACH ROW EXECUTE FUNCTION consilium_board_changed();
"""

DROP = """
DROP TRIGGER board_changed ON leaderboard_board;
DROP FUNCTION consilium_board_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("leaderboard", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]

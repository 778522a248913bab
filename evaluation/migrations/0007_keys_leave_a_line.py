"""A key of an endpoint that is given, replaced or used leaves a line among the privileged acts."""

from django.db import migrations

CREATE = """
CREATE FUNCTION consilium_key_noted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_given boolean := TG_OP = 'INSERT' OR NEW.sealed_key IS DISTINCT FROM OLD.sealed_key;
    is_used boolean := TG_OP = 'UPDATE' AND NEW.engines IS DISTINCT FROM OLD.engines AND NEW.engines <> '[]';
    where_it_is text := regexp_replace(split_part(NEW.base_url, '?', 1), '//[^/]*@', '//'); -- never with a secret
BEGIN
    IF is_given THEN
        INSERT INTO accounts_privilegedact (person_id, by, kind, subject, details)
        SELECT person.id, person.username, 'key given', 'submission ' || submission.id, 'for ' || where_it_is
        FROM evaluation_submission submission JOIN accounts_user person ON person.id = submission.submitter_id
        WHERE submission.id = NEW.submission_id;
    END IF;
    IF is_used THEN
        INSERT INTO accounts_privilegedact (by, kind, subject, details) VALUES (
            left('worker ' || NEW.worker, 150), 'key used', 'submission ' || NEW.submission_id, 'at ' || where_it_is);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER key_noted AFTER INSERT OR UPDATE OF sealed_key, engines ON evaluation_recipe
    FOR EACH ROW WHEN (NEW.sealed_key IS NOT NULL) EXECUTE FUNCTION consilium_key_noted();
"""

DROP = """
DROP TRIGGER key_noted ON evaluation_recipe;
DROP FUNCTION consilium_key_noted();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0006_scored_again"), ("accounts", "0003_privileged_acts")]
    operations = [migrations.RunSQL(CREATE, DROP)]

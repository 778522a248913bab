"""Every privileged act is kept, and what is kept is never edited.

Changes of people and of anything in the administration are written down by the database itself: no path of the
program, shell included, can change who may do what without a line. `consilium.person` says who it was; where it
is not set, the act came from a command or straight to the database.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

CREATE = """
CREATE FUNCTION consilium_acts_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('consilium.ratings_may_be_truncated', true) = 'yes' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'privileged acts are never edited: they are only added';
END $$;
CREATE TRIGGER acts_are_kept BEFORE UPDATE OR DELETE ON accounts_privilegedact
    FOR EACH ROW EXECUTE FUNCTION consilium_acts_are_kept();
CREATE TRIGGER acts_are_not_emptied BEFORE TRUNCATE ON accounts_privilegedact
    FOR EACH STATEMENT EXECUTE FUNCTION consilium_acts_are_kept();

CREATE FUNCTION consilium_rights(person accounts_user) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws('; ', 'name ' || person.username, 'roles ' || array_to_string(person.roles, ', '),
        CASE WHEN person.is_active THEN 'active' ELSE 'switched off' END,
        CASE WHEN person.is_staff THEN 'may administer' END, CASE WHEN person.is_superuser THEN 'may do all' END)
$$;

CREATE FUNCTION consilium_person_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acting bigint := nullif(current_setting('consilium.person', true), '')::bigint;
    was text := CASE WHEN TG_OP <> 'INSERT' THEN consilium_rights(OLD) END;
    is_now text := CASE WHEN TG_OP <> 'DELETE' THEN consilium_rights(NEW) END;
BEGIN
    IF was IS NOT DISTINCT FROM is_now THEN RETURN NULL; END IF;
    IF TG_OP = 'INSERT' AND NOT NEW.is_staff AND NOT NEW.is_superuser AND NEW.roles <@ ARRAY['submitter']::varchar[]
        THEN RETURN NULL; -- a sign-up
    END IF;
    INSERT INTO accounts_privilegedact (person_id, by, kind, subject, details) VALUES (
        acting,
        coalesce((SELECT username FROM accounts_user WHERE id = acting), 'database, as ' || session_user),
        'person',
        'person ' || CASE WHEN TG_OP = 'DELETE' THEN OLD.username ELSE NEW.username END,
        coalesce(was, 'made') || ' → ' || coalesce(is_now, 'deleted'));
    RETURN NULL;
END $$;
CREATE TRIGGER person_changed AFTER INSERT OR UPDATE OR DELETE ON accounts_user
    FOR EACH ROW EXECUTE FUNCTION consilium_person_changed();

CREATE FUNCTION consilium_administered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_privilegedact (person_id, by, kind, subject, details)
    SELECT NEW.user_id, person.username, 'admin',
        left(coalesce(kind.model || ' ', '') || NEW.object_repr, 300),
        CASE NEW.action_flag WHEN 1 THEN 'added' WHEN 2 THEN 'changed' ELSE 'deleted' END || ' ' || NEW.change_message
    FROM accounts_user person LEFT JOIN django_content_type kind ON kind.id = NEW.content_type_id
    WHERE person.id = NEW.user_id;
    RETURN NULL;
END $$;
CREATE TRIGGER administered AFTER INSERT ON django_admin_log
    FOR EACH ROW EXECUTE FUNCTION consilium_administered();
"""

DROP = """
DROP TRIGGER administered ON django_admin_log;
DROP FUNCTION consilium_administered();
DROP TRIGGER person_changed ON accounts_user;
DROP FUNCTION consilium_person_changed();
DROP FUNCTION consilium_rights(accounts_user);
DROP TRIGGER acts_are_not_emptied ON accounts_privilegedact;
DROP TRIGGER acts_are_kept ON accounts_privilegedact;
DROP FUNCTION consilium_acts_are_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_language"), ("admin", "0003_logentry_add_action_flag_choices")]
    operations = [
        migrations.CreateModel(
            name='PrivilegedAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
                ('by', models.CharField(max_length=150)),
                ('kind', models.CharField(choices=[('person', 'account, roles or switch-off changed'), ('admin', 'changed in the administration'), ('token', 'token of another person'), ('key given', 'key of an endpoint given or replaced'), ('key used', 'key of an endpoint used'), ('moderation', 'result hidden, shown, scored again or flag answered'), ('foreign run', "somebody else's submission changed"), ('study', 'study opened, changed, locked or deleted'), ('publication', 'study or rubric published'), ('raters', 'raters admitted, paused, left out or removed'), ('credential', 'credential confirmed or returned'), ('text', 'held-back text decided'), ('honorarium', 'honorarium changed or dispute answered'), ('adjudication', 'case adjudicated'), ('command', 'command on the server')], max_length=20)),
                ('subject', models.CharField(max_length=300)),
                ('details', models.TextField(blank=True, db_default='', default='')),
                ('reason', models.TextField(blank=True, db_default='', default='')),
                ('person', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("name", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("public", models.CharField(max_length=44)),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["since"]},
        ),
        migrations.RunSQL(CREATE, DROP),
    ]

"""What an operator should look at, worst first, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from consilium.operations.site_state import SiteState

BAD, DOUBTFUL = "error", "warning"
LEAST_FREE, LEAST_SHARE = 500 * 2**20, 0.1
MOST_OF_CONNECTIONS = 0.8
LONGEST_TRANSACTION, LONGEST_WAIT = 300.0, 900.0  # seconds
OLDEST_BACKUP = timedelta(hours=26)


@dataclass(frozen=True)
class Concern:
    """`level` is that of an alert: error or warning."""

    level: str
    what: str
    do: str


def concerns(state: SiteState) -> list[Concern]:
    found = [*_services(state), *_work(state), *_room(state), *_backup(state), *_settings(state)]
    return sorted(found, key=lambda each: each.level != BAD)


def _services(state: SiteState) -> Iterator[Concern]:
    if state.readiness.missing:
        yield Concern(BAD, _("Migrations are missing."), _("Run manage.py migrate, then restart."))
    if not state.readiness.broker:
        do = _("Start Redis. Uploads are taken and wait in the ledger; nothing is lost.")
        yield Concern(BAD, _("The broker does not answer."), do)
    if state.store:
        do = _("Look at the store and its keys. Uploads are refused until it answers.")
        yield Concern(BAD, _("Kept files cannot be reached (%(why)s).") % {"why": state.store}, do)
    if not any(not each.is_silent for each in state.workers):
        do = _("Start a worker. What was submitted waits safely.")
        yield Concern(BAD, _("No worker has been heard of."), do)
    if len(state.versions) > 1:
        do = _("Restart those that still run the older one.")
        named = ", ".join(state.versions)
        yield Concern(DOUBTFUL, _("Web processes run different versions: %(named)s.") % {"named": named}, do)


def _work(state: SiteState) -> Iterator[Concern]:
    for line in state.lines:
        if line.oldest and line.oldest > LONGEST_WAIT:
            what = _("A run has waited %(minutes)d minutes in the queue %(queue)s.")
            do = _("See below whether a worker serves that queue, and add one.")
            yield Concern(DOUBTFUL, what % {"minutes": line.oldest // 60, "queue": line.queue}, do)
    if state.stuck:
        do = _("Open it and read its log; restart the worker that holds it.")
        yield Concern(BAD, _("Runs do not move: %(n)d.") % {"n": len(state.stuck)}, do)
    if state.faults_in_an_hour:
        what = _("Errors in the last hour: %(n)d.") % {"n": state.faults_in_an_hour}
        yield Concern(DOUBTFUL, what, _("Read them below; the log has all about each request id."))


def _room(state: SiteState) -> Iterator[Concern]:
    for disk in state.disks:
        if disk.free < LEAST_FREE or disk.share_free < LEAST_SHARE:
            what = _("%(free)s left on the disk of %(what)s.")
            level = BAD if disk.free < LEAST_FREE else DOUBTFUL
            told = what % {"free": filesizeformat(disk.free), "what": disk.what}
            yield Concern(level, told, _("Make room, or uploads will be refused."))
    base = state.database
    if base.connections > MOST_OF_CONNECTIONS * base.most_connections:
        what = _("%(n)d of %(most)d connections to the database are taken.")
        do = _("Run fewer processes, raise max_connections, or put a pooler between.")
        yield Concern(BAD, what % {"n": base.connections, "most": base.most_connections}, do)
    if base.oldest > LONGEST_TRANSACTION:
        what = _("A transaction has been open for %(minutes)d minutes.") % {"minutes": base.oldest // 60}
        do = _("Find it in pg_stat_activity; it keeps the database from tidying up.")
        yield Concern(DOUBTFUL, what, do)


def _backup(state: SiteState) -> Iterator[Concern]:
    do = _("Run manage.py backup, and have it run every night.")
    if state.backup is None:
        yield Concern(DOUBTFUL, _("There has been no backup."), do)
    elif state.at - state.backup.at > OLDEST_BACKUP:
        yield Concern(DOUBTFUL, _("The last backup is more than a day old."), do)


def _settings(_state: SiteState) -> Iterator[Concern]:
    if settings.DEBUG:
        yield Concern(DOUBTFUL, _("DEBUG is on."), _("Unset DEBUG where others than you can reach the site."))
    if not settings.HTTPS:
        do = _("Put a proxy with a certificate in front and set CONSILIUM_HTTPS=true and TRUST_PROXY=true.")
        yield Concern(DOUBTFUL, _("The site is served without https."), do)
    if not settings.EMAIL_HOST:
        do = _("Set EMAIL_HOST, or people who forget their password need you.")
        yield Concern(DOUBTFUL, _("There is no mail server."), do)
    if "*" in settings.ALLOWED_HOSTS:
        do = _("Name the hosts the site has in ALLOWED_HOSTS.")
        yield Concern(DOUBTFUL, _("Any host name is taken for the site's."), do)
    if settings.TRUST_PROXY and not settings.METRICS_TOKEN:
        do = _("Set METRICS_TOKEN; behind a proxy nobody can be told apart without.")
        yield Concern(DOUBTFUL, _("Nobody can read /metrics."), do)

"""What happened on the boards: a page, the page of one board, and both as a feed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from accounts.pages import depends_on, render_page
from evaluation.selectors import runs
from leaderboard.selectors import changes
from leaderboard.selectors.changes import Change, Wanted


@require_safe
def all_changes(request: PageRequest) -> HttpResponse:
    return _page(request, "", "")


@require_safe
def board_changes(request: PageRequest, slug: str) -> HttpResponse:
    return _page(request, slug, _title(slug))


def _page(request: PageRequest, board: str, title: str) -> HttpResponse:
    kinds = changes.known_kinds(request.GET.getlist("kind"))
    wanted = Wanted(board, kinds)
    context = {
        "board": board,
        "title": title,
        "page": Paginator(changes.Changes(wanted), changes.A_PAGE).get_page(request.GET.get("page")),
        "kinds": changes.KINDS.items(),
        "chosen": kinds,
        "pages_query": urlencode([("kind", kind) for kind in kinds]),
        "is_moderator": runs.is_administrator(request.user),
    }
    response = render_page(request, "leaderboard/changes.html", context, fragment="lines")
    depends_on(response, f"board:{board}" if board else "board:*")
    return response


class ChangesFeed(Feed[Any, Any]):
    """The newest changes of every board, or of one."""

    feed_type = Atom1Feed
    description = subtitle = _("Scores that came, went or changed, with their reasons.")

    def get_object(self, request: HttpRequest, slug: str = "") -> tuple[str, str]:
        return slug, _title(slug) if slug else ""

    def title(self, board: tuple[str, str]) -> str:
        return f"{board[1]}: {_('changes')}" if board[1] else _("Changes on the boards of Consilium")

    def link(self, board: tuple[str, str]) -> str:
        if board[0]:
            return reverse("leaderboard:changes", args=[board[0]])
        return reverse("leaderboard:all_changes")

    def items(self, board: tuple[str, str]) -> Any:
        return changes.Changes(Wanted(board[0]))[0 : changes.A_PAGE]

    def item_title(self, item: Change) -> str:
        return f"{item.title}: {item.system} {item.said}" if item.system else f"{item.title}: {item.said}"

    def item_description(self, item: Change) -> str:
        return item.reason

    def item_link(self, item: Change) -> str:
        return f"{reverse('leaderboard:board', args=[item.board])}?as_of={item.after}"

    def item_guid(self, item: Change) -> str:
        return f"{item.kind}:{item.board}:{item.after}"

    def item_updateddate(self, item: Change) -> Any:
        return item.at

    item_pubdate = item_updateddate


feed = require_safe(ChangesFeed())


def _title(board: str) -> str:
    title = changes.title_of(board)
    if title is None:
        raise Http404(_("There is no board of this name."))
    return title

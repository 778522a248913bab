"""Is the web process alive, and can it do its work?"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consilium.readiness import readiness


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 where requests can be answered, also without the broker (degraded); 503 otherwise."""
    found = readiness()
    return JsonResponse(found.told(), status=200 if found.ready else 503)

"""The addresses of the portal and, answered by the same processes, a view that inserts one row."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

TABLE = "CREATE TABLE bench_row (id bigserial PRIMARY KEY, body bytea NOT NULL)"


@csrf_exempt
@login_not_required
def insert(request: HttpRequest) -> HttpResponse:
    """Insert what was sent, as it was sent, and no more."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_row (body) VALUES (%s)", [request.body])
    return HttpResponse(status=202)


urlpatterns = [path("bare", insert), path("", include("portal.urls"))]

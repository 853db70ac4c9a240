"""Addresses of claims and of the scoreboard of ownership."""

from django.urls import path

from oncall.api import claims as api
from oncall.views import claims, ownership

CLAIM = "apps/<slug:slug>/oncall/claim/"
API = "api/v1/applications/<slug:slug>/oncall-claim/"

urlpatterns = [
    path("api/v1/claims/", api.ClaimsView.as_view(), name="api-claims"),
    path(API, api.ClaimView.as_view(), name="api-claim"),
    path(f"{API}evidence/", api.EvidenceView.as_view(), name="api-claim-evidence"),
    path(f"{API}word/", api.WordView.as_view(), name="api-claim-word"),
    path("oncall/ownership/", ownership.index, name="ownership"),
    path("oncall/ownership/export.csv", ownership.export, name="ownership-csv"),
    path(CLAIM, claims.show, name="oncall-claim"),
    path(f"{CLAIM}figures/", claims.figures, name="oncall-claim-figures"),
    path(f"{CLAIM}interest/", claims.interest, name="oncall-claim-interest"),
    path(f"{CLAIM}rota/", claims.rota, name="oncall-claim-rota"),
    path(f"{CLAIM}shadow/", claims.shadow, name="oncall-claim-shadow"),
    path(f"{CLAIM}word/", claims.word, name="oncall-claim-word"),
    path(f"{CLAIM}back/", claims.back, name="oncall-claim-back"),
    path(f"{CLAIM}stay/", claims.stay, name="oncall-claim-stay"),
    path(f"{CLAIM}check/", claims.check, name="oncall-claim-check"),
    path(f"{CLAIM}evidence/", claims.evidence, name="oncall-claim-evidence"),
    path(f"{CLAIM}exception/<slug:item>/", claims.exception, name="oncall-claim-exception"),
    path(
        "oncall/exceptions/<int:pk>/approve/",
        claims.approve_exception,
        name="oncall-exception-approve",
    ),
    path("oncall/exceptions/<int:pk>/end/", claims.end_exception, name="oncall-exception-end"),
]

"""Addresses of rotas."""

from django.urls import path

from oncall.api import rotas as api
from oncall.views import rotas

urlpatterns = [
    path("api/v1/rotas/", api.RotasView.as_view(), name="api-rotas"),
    # Before the slugs, none of which it is.
    path("api/v1/rotas/preview/", api.PreviewView.as_view(), name="api-rota-preview"),
    path("api/v1/rotas/<slug:slug>/", api.RotaView.as_view(), name="api-rota"),
    path(
        "api/v1/rotas/<slug:slug>/definition/",
        api.DefinitionView.as_view(),
        name="api-rota-definition",
    ),
    path("api/v1/rotas/<slug:slug>/shifts/", api.ShiftsView.as_view(), name="api-rota-shifts"),
    path("api/v1/rotas/<slug:slug>/retire/", api.RetireView.as_view(), name="api-rota-retire"),
    path("oncall/rotas/", rotas.index, name="rotas"),
    path("oncall/rotas/export.csv", rotas.export, name="rotas-csv"),
    path("oncall/rotas/new/", rotas.new, name="rota-new"),
    path("oncall/rotas/<slug:slug>/", rotas.show, name="rota"),
    path("oncall/rotas/<slug:slug>/edit/", rotas.edit, name="rota-edit"),
    path("oncall/rotas/<slug:slug>/settings/", rotas.settings, name="rota-settings"),
    path("oncall/rotas/<slug:slug>/retire/", rotas.retire, name="rota-retire"),
    path("oncall/rotas/<slug:slug>/central/", rotas.make_central, name="rota-central"),
]

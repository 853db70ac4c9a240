"""Addresses of rotas."""

from django.urls import path

from oncall.views import rotas

urlpatterns = [
    path("oncall/rotas/", rotas.index, name="rotas"),
    path("oncall/rotas/export.csv", rotas.export, name="rotas-csv"),
    path("oncall/rotas/new/", rotas.new, name="rota-new"),
    path("oncall/rotas/<slug:slug>/", rotas.show, name="rota"),
    path("oncall/rotas/<slug:slug>/edit/", rotas.edit, name="rota-edit"),
    path("oncall/rotas/<slug:slug>/settings/", rotas.settings, name="rota-settings"),
    path("oncall/rotas/<slug:slug>/retire/", rotas.retire, name="rota-retire"),
    path("oncall/rotas/<slug:slug>/central/", rotas.make_central, name="rota-central"),
]

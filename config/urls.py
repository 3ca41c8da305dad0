"""The web has one house: the desk, and two questions about its health."""

from django.contrib import admin
from django.urls import path

from config.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("", admin.site.urls),
]

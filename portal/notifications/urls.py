"""Addresses of the notifications app."""

from django.urls import path

from portal.notifications.api import deliveries, notices
from portal.notifications.api import ways as contact_ways
from portal.notifications.views import inbox, log, preferences, ways

urlpatterns = [
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/read-all/", inbox.mark_all, name="inbox-read-all"),
    path("inbox/undo/", inbox.undo, name="inbox-undo"),
    path("inbox/<int:pk>/", inbox.open_notice, name="notice-open"),
    path("inbox/<int:pk>/mark/", inbox.mark, name="notice-mark"),
    path("account/contacts/", ways.index, name="contact-ways"),
    path("account/contacts/new/<slug:kind>/", ways.new, name="contact-way-new"),
    path("account/contacts/<int:pk>/", ways.show, name="contact-way"),
    path("account/contacts/<int:pk>/test/", ways.test, name="contact-way-test"),
    path("account/contacts/<int:pk>/answer/", ways.answer, name="contact-way-answer"),
    path("account/contacts/<int:pk>/earlier/", ways.earlier, name="contact-way-earlier"),
    path("account/contacts/<int:pk>/remove/", ways.remove, name="contact-way-remove"),
    path("account/notifications/", preferences.index, name="notification-preferences"),
    path("account/quiet-hours/", preferences.quiet_hours, name="quiet-hours"),
    path("account/deliveries/", log.own, name="own-deliveries"),
    path("deliveries/", log.everybody, name="deliveries"),
    path("deliveries/<int:pk>/", log.show, name="delivery"),
    path("deliveries/<int:pk>/retry/", log.retry, name="delivery-retry"),
    path("api/v1/notices/", notices.NoticesView.as_view(), name="api-notices"),
    path("api/v1/notices/read/", notices.ReadAllView.as_view(), name="api-notices-read"),
    path("api/v1/notices/<int:notice>/read/", notices.ReadView.as_view(), name="api-notice-read"),
    path(
        "api/v1/notices/<int:notice>/unread/",
        notices.UnreadView.as_view(),
        name="api-notice-unread",
    ),
    path("api/v1/contact-ways/", contact_ways.WaysView.as_view(), name="api-contact-ways"),
    path(
        "api/v1/contact-ways/<int:way>/",
        contact_ways.OneWayView.as_view(),
        name="api-contact-way",
    ),
    path(
        "api/v1/contact-ways/<int:way>/test/",
        contact_ways.TestView.as_view(),
        name="api-contact-way-test",
    ),
    path(
        "api/v1/contact-ways/<int:way>/answer/",
        contact_ways.AnswerView.as_view(),
        name="api-contact-way-answer",
    ),
    path("api/v1/deliveries/", deliveries.DeliveriesView.as_view(), name="api-deliveries"),
    path(
        "api/v1/deliveries/<int:delivery>/retry/",
        deliveries.RetryView.as_view(),
        name="api-delivery-retry",
    ),
]

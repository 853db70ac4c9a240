"""Paging by place: every row once, forwards and backwards."""

from datetime import timedelta

import pytest

from portal.catalogue.models import Application
from portal.core.keyset import Order, keyset_page
from tests.factories import LONG_AGO, ApplicationFactory, TeamFactory

ORDERS = [
    Order("registered_at"),
    Order("registered_at", descending=False),
    Order("tier", read=int),
    Order("tier", descending=False, read=int),
]


@pytest.fixture
def applications(db):
    team = TeamFactory.create()
    for number in range(23):
        ApplicationFactory.create(
            owner=team,
            tier=1 + number % 4,
            registered_at=LONG_AGO + timedelta(days=number % 5, microseconds=number % 2),
        )
    return Application.objects.all()


def expected(rows, order):
    return sorted(
        rows, key=lambda row: (getattr(row, order.key), row.pk), reverse=order.descending
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 5, 22, 23, 50])
def test_all_rows_come_once_in_order_there_and_back(applications, order, size):
    forwards, cursors, cursor = [], [], ""
    while True:
        page = keyset_page(applications, order=order, cursor=cursor, size=size)
        forwards += page.rows
        cursors.append(page.before)
        if not page.after:
            break
        cursor = page.after
    assert forwards == expected(applications, order)
    assert cursors[0] == ""
    backwards = list(page.rows)
    while page.before:
        page = keyset_page(applications, order=order, cursor=page.before, size=size)
        backwards = page.rows + backwards
    assert backwards == forwards
    assert page.before == ""


@pytest.mark.parametrize(
    "cursor",
    ["x", "after~", "after~2026-01-01~1", "after~x~1", "beside~1~1", "before~2024-01-01T00:00Z~x"],
)
def test_a_cursor_that_cannot_be_read_leads_to_the_first_page(applications, cursor):
    order = ORDERS[0]
    first = keyset_page(applications, order=order, cursor="", size=3)
    assert keyset_page(applications, order=order, cursor=cursor, size=3) == first


def test_a_place_beyond_every_row_shows_nothing(applications):
    cursor = "after~2000-01-01T00:00:00+00:00~1"
    page = keyset_page(applications, order=ORDERS[0], cursor=cursor)
    assert (page.rows, page.before, page.after) == ([], "", "")


def test_a_number_beyond_the_database_is_a_place_like_any_other(applications):
    cursor = f"after~{10**30}~{10**30}"
    assert len(keyset_page(applications, order=ORDERS[2], cursor=cursor).rows) == 23

"""The pages of pay: who sees what, exports that are safe to open, schemes and grades."""

import csv
import re
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from oncall.models import PayGrade, PayScheme
from oncall.selectors.pay import draft
from portal.audit.models import Entry
from tests.conftest import NOW
from tests.oncall.pay.scene import called, past_rota
from tests.oncall.pay.test_pay import FEBRUARY, flat
from tests.oncall.scene import at, people

ADDRESS = ("acquiring", "2026-02")


@pytest.fixture
def nights(world):
    world.acquiring.zone = "Europe/London"
    world.acquiring.save()
    made = past_rota(world)
    flat(world)
    return made


@pytest.fixture(autouse=True)
def at_now(time_machine):
    time_machine.move_to(NOW, tick=False)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_lead_sees_everybody_a_person_themselves_and_an_outsider_nothing(world, nights, client):
    client.force_login(world.alice)
    whole = text(client.get(reverse("pay-report", args=ADDRESS)))
    assert "Dora" in whole
    assert "315.00 GBP" in whole
    assert "Check it" in whole
    client.force_login(world.bob)
    own = text(client.get(reverse("pay-report", args=ADDRESS)))
    assert "Dora" not in own
    assert "Altogether" not in own
    assert "315.00 GBP" in own
    client.force_login(world.charlie)
    for name in ("pay-report", "pay-csv", "pay-xlsx"):
        assert client.get(reverse(name, args=ADDRESS)).status_code == 404
        assert client.get(reverse(name, args=["no-such", "2026-02"])).status_code == 404
    assert "No pay to see" in text(client.get(reverse("pay")))


@pytest.mark.parametrize("month", ["2026-13", "1-1", "9999-01", "now", "2026-02-01"])
def test_a_month_that_is_none_is_not_found(world, nights, client, month):
    client.force_login(world.alice)
    assert client.get(reverse("pay-report", args=["acquiring", month])).status_code == 404


def test_a_report_is_approved_on_its_page(world, nights, client):
    client.force_login(world.olive)
    digest = draft(world.acquiring, FEBRUARY).digest
    assert digest in text(client.get(reverse("pay-report", args=ADDRESS)))
    response = client.post(reverse("pay-approve", args=ADDRESS), {"seen": digest}, follow=True)
    assert "Approved, and frozen." in text(response)
    assert "Approve it" not in text(response)
    again = client.post(reverse("pay-approve", args=ADDRESS), {"seen": digest}, follow=True)
    assert "Olive has approved it already" in text(again)
    assert "Olive" in text(client.get(reverse("pay") + "?month=2026-02"))


def test_the_csv_has_a_row_for_each_line_and_is_audited(world, nights, client):
    world.bob.name = "=1+1"
    world.bob.save()
    client.force_login(world.alice)
    response = client.get(reverse("pay-csv", args=ADDRESS))
    rows = list(csv.reader(response.getvalue().decode().splitlines()))
    assert len(rows) == 1 + len(draft(world.acquiring, FEBRUARY).lines)
    bob = next(row for row in rows if row[0] == "'=1+1")
    assert bob[1:8] == [
        "2026-02",
        "standby",
        "Night or day on call",
        "125.5",
        "7",
        "315.00",
        "GBP",
    ]
    assert Entry.objects.latest("id").event == "oncall.pay.exported"


def test_the_workbook_holds_texts_and_numbers_and_no_formula(world, nights, client):
    world.bob.name = "=1+1"
    world.bob.save()
    client.force_login(world.alice)
    response = client.get(reverse("pay-xlsx", args=ADDRESS))
    with ZipFile(BytesIO(response.getvalue())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=1+1" in sheet
    assert re.search(r"<v>315(\.0)?</v>", sheet)
    assert sheet.count("<row ") == 1 + len(draft(world.acquiring, FEBRUARY).lines)
    assert Entry.objects.latest("id").event == "oncall.pay.exported"


def test_a_member_exports_their_own_lines_only(world, nights, client):
    client.force_login(world.bob)
    rows = client.get(reverse("pay-csv", args=ADDRESS)).getvalue().decode().splitlines()
    assert len(rows) == 2
    assert rows[1].startswith("Bob,")


def scheme_form(client, **changes):
    """Return the fields of the form as the page has them."""
    form = client.get(f"{reverse('pay-scheme')}?from=flat").context["form"]
    data = {
        "name": form.initial["name"], "currency": "GBP", "valid_from": "2026-03-01",
        "rounding": "half even", "only_out_of_hours": "on", "day_rate": "200",
        "form-TOTAL_FORMS": "6", "form-INITIAL_FORMS": "6",
    }  # fmt: skip
    for number, rate in enumerate(form.rates):
        for name, field in rate.fields.items():
            data[f"form-{number}-{name}"] = rate.initial.get(
                name, field.initial or (field.choices[0][0] if hasattr(field, "choices") else "")
            )
        for name in ("days", "roles"):
            data[f"form-{number}-{name}"] = rate.initial.get(name, [])
    return data | changes


def test_operations_define_a_scheme_with_an_example_worked_out(world, client):
    client.force_login(world.olive)
    page = text(client.get(reverse("pay-scheme")))
    # 125.5 h and 2 full hours of 200.00 a day.
    assert "470.62" in page
    assert "50.00" in page
    tried = client.post(
        reverse("pay-scheme"), scheme_form(client, **{"form-0-amount": "50", "example": "1"})
    )
    assert "350.00" in text(tried)
    assert not PayScheme.objects.exists()
    client.post(reverse("pay-scheme"), scheme_form(client, **{"form-0-amount": "50"}))
    scheme = PayScheme.objects.get()
    assert (scheme.team, scheme.valid_from) == (None, date(2026, 3, 1))
    assert scheme.rules["rates"][0]["amount"] == "50"
    client.force_login(world.alice)
    assert client.get(reverse("pay-scheme")).status_code == 403


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"valid_from": "2026-03-02"}, "first day of a month"),
        ({"form-0-hours": "0"}, "lasts from a second to a month"),
        ({"form-1-name": "Night or day on call"}, "a name of its own"),
        ({"form-0-name": "", "form-1-name": ""}, "at least one rate"),
        ({"currency": "pounds"}, "Enter a valid value"),
        ({"form-0-amount": "-4"}, "Look at the rates"),
    ],
)
def test_a_scheme_that_makes_no_sense_says_how_to_mend_it(world, client, changes, words):
    client.force_login(world.olive)
    assert words in text(client.post(reverse("pay-scheme"), scheme_form(client, **changes)))
    assert not PayScheme.objects.exists()


def test_operations_set_grades_and_choose_them(world, client):
    client.force_login(world.olive)
    address = reverse("pay-grades")
    client.post(address, {"name": "G7", "day_rate": "210.50", "valid_from": "2026-03-01"})
    assert str(PayGrade.objects.get().day_rate) == "210.50"
    person = {"what": "person", "person": "bob@example.com", "valid_from": "2026-03-01"}
    assert "no grade" in text(client.post(address, person | {"grade": "G8"}))
    client.post(address, person | {"grade": "G7"})
    assert "Bob" in text(client.get(address))
    assert "No day rate" not in text(client.post(address, {"name": "", "day_rate": "-1"}))


def test_the_pages_take_few_queries(world, nights, client, django_assert_max_num_queries):
    for person in people(world):
        called(nights, person, at("2026-02-17T20:00"), actor=world.olive)
    client.force_login(world.alice)
    with django_assert_max_num_queries(12):
        client.get(reverse("pay"))
    with django_assert_max_num_queries(14):
        client.get(reverse("pay-report", args=ADDRESS))

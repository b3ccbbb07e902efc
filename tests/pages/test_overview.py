"""The overview: one sentence, today against usual, charts, and that it is there at once whatever is stored."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import event as listening
from sqlalchemy import update

from bridge.hooks import brakes
from bridge.hooks.revisions import By
from bridge.operations import audit, figures
from bridge.pages import drawing, overview
from bridge.qomon import account
from bridge.store import tables
from schemas.outputs.overview import OverviewPage
from tests.support.json_hook import ESSAI, plain_house, rows, sent, written
from tests.support.many_rows import hook_id, put, row
from tests.support.visitor import Visitor
from tests.support.whole_bridge import NOW, House

TODAY = date(2026, 11, 22)
NOON = NOW.replace(hour=8)
"""9 o'clock in Paris, an hour before now."""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return plain_house(tmp_path).read_catalogue()


def seen(house: House) -> str:
    return Visitor(house, "viewer").get("/").text


def twin(house: House) -> Any:
    """What the twin tells: without a login, which takes longer than all that is looked at here."""
    with house.app.test_request_context("/"):
        return OverviewPage().dump(overview.overview())


def sentence(house: House) -> str:
    return str(twin(house)["state"]["sentence"])


def came(house: House, *outcomes: str, at: datetime = NOON, **more: Any) -> None:
    hook, first = hook_id(house), len(rows(house, tables.event))
    put(house, [row(first + index, hook, at, outcome, **more) for index, outcome in enumerate(outcomes)])


def stop(house: House, **columns: Any) -> None:
    with house.services.store.write() as tx:
        account.pause(tx, "default", house.clock())
        tx.execute(update(tables.space).values(**columns))


def many_weeks(house: House) -> None:
    """Five a day at 9 in Paris for 40 days, ten on Sundays; today is a Sunday, and seven came."""
    hook, made = hook_id(house), []
    for back in range(40):
        at = NOON - timedelta(days=back)
        many = 7 if not back else 10 if at.weekday() == 6 else 5
        made += [row(100 * back + index, hook, at, "created" if index < 2 else "delivered") for index in range(many)]
    put(house, made)


def test_a_fresh_bridge_says_what_to_do_first(house: House) -> None:
    assert "Nothing has arrived yet. Connect a first form (about 10 minutes)" in seen(house)


def test_all_is_well_counts_what_came_since_midnight(house: House) -> None:
    sent(house, written(prenom="Nora", nom="Neuve", mail="nora@example.org"))
    house.drain()

    assert "All is well 1 submission since midnight, in Qomon." in seen(house)


def test_what_is_not_in_qomon_is_not_said_to_be(house: House) -> None:
    came(house, "delivered", "ignored", "queued")

    assert sentence(house) == "3 submissions since midnight: 1 in Qomon, 2 on their way, kept or left out."


def test_what_waits_for_a_decision_comes_first_with_its_causes(house: House) -> None:
    came(house, "held", "held", reason="unknown_choice")
    came(house, "held", reason="other_person")
    told = twin(house)

    assert told["state"] == {"code": "held", "sentence": "3 submissions wait for your decision."}
    assert [(one["reason"], one["count"]) for one in told["causes"]] == [("unknown_choice", 2), ("other_person", 1)]


def test_at_most_five_causes_are_shown(house: House) -> None:
    for reason in ("unknown_choice", "other_person", "edited_since", "approval", "crash", "breaker", "no_identity"):
        came(house, "held", reason=reason)

    assert len(twin(house)["causes"]) == 5
    assert "2 more causes" in seen(house)


def test_a_backlog_says_when_the_last_of_it_is_done(house: House) -> None:
    came(house, *["queued"] * 180)

    assert "Slow Qomon lets us write about 90 contacts a minute; the last of 180 will be done about 10:02." in seen(
        house
    )


def test_a_pause_says_who_and_since_when(house: House) -> None:
    with house.services.store.write() as tx:
        account.pause(tx, "default", house.clock())
        audit.note(tx, house.services.vault, By(house.clock(), "Léa"), "paused", "default")

    assert sentence(house) == "Writing is paused by Léa since 10:00. Forms are still received and kept."


def test_a_pause_of_one_webhook_is_its_own(house: House) -> None:
    with house.services.store.write() as tx:
        brakes.pause(tx, hook_id(house), house.clock())
    told = twin(house)

    assert (told["state"]["code"], told["webhooks"][0]["paused"]) == ("well", True)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("key_refused", "Since 10:00. 1 submission waits safely; nothing is written. Replace QOMON_TOKEN."),
        ("qomon_down", "Qomon has not answered since 10:00; 1 submission waits safely."),
    ],
)
def test_what_stops_everything_wins_over_what_waits(house: House, trouble: str, told: str) -> None:
    came(house, "held", "queued")
    stop(house, paused=None, trouble=trouble, since=int(NOW.timestamp() * 1000))

    assert (twin(house)["state"]["code"], sentence(house)) == (trouble, told)


def test_a_store_that_takes_nothing_is_the_worst(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(house, trouble="key_refused", since=1)
    monkeypatch.setattr(house.app.extensions["verdict"], "of", lambda _services: "full")

    assert twin(house)["state"] == {
        "code": "store",
        "sentence": "The database takes nothing more: its disk is full.",
    }


def test_writing_that_is_switched_off_is_said(tmp_path: Path) -> None:
    assert twin(plain_house(tmp_path, WRITING="off"))["state"]["code"] == "writing_off"


def test_today_stands_beside_the_same_weekday_by_this_time(house: House) -> None:
    many_weeks(house)

    told = {one["code"]: (one["count"], one["usual"]) for one in twin(house)["today"]}
    assert told == {"received": (7, 10), "created": (2, 2), "asked": (0, 0)}


def test_what_comes_later_in_the_day_is_not_usual_yet(house: House) -> None:
    many_weeks(house)
    house.clock.at = NOW.replace(hour=7)
    with house.services.store.read() as tx:
        known = figures.shown(tx, house.services)

    assert known.usual(0, 8.0) == 0
    assert known.usual(0, 9.5) == 5


def test_nothing_is_usual_before_two_weeks(house: House) -> None:
    came(house, "delivered", at=NOON - timedelta(days=13))

    assert [one["usual"] for one in twin(house)["today"]] == [None] * 3


def test_days_are_those_of_the_campaign(house: House) -> None:
    came(house, "delivered", at=datetime(2026, 11, 21, 22, 59, tzinfo=UTC))
    came(house, "created", at=datetime(2026, 11, 21, 23, 0, tzinfo=UTC))
    days = {one["day"]: one for one in twin(house)["became"]["rows"]}

    assert (days["2026-11-21"]["delivered"], days["2026-11-22"]["created"]) == (1, 1)


def test_parts_repeats_and_tests_are_no_submissions(house: House) -> None:
    came(house, "delivered", key_kind="id")
    came(house, "ignored", reason="test")
    came(house, "delivered")

    assert twin(house)["became"]["rows"][0]["received"] == 1


def test_each_hour_tells_its_middle_and_its_slowest(house: House) -> None:
    hook = hook_id(house)
    put(house, [row(index, hook, NOON, took=1000 * (index + 1)) for index in range(100)])
    (hour,) = twin(house)["speed"]["rows"]

    assert (hour["looked"], hour["median_ms"], hour["slow_ms"], hour["quota"]) == (100, 50_500, 96_000, 0)


def test_a_wait_for_the_quota_is_known_from_reports(house: House) -> None:
    report = house.services.vault.seal({"cost": {"waited_ms": 4_500}})
    came(house, "delivered", "delivered", report=report, took=9_000)

    assert twin(house)["speed"]["rows"][0]["quota"] == 0.5


def test_what_a_person_sent_after_all_is_not_slow(house: House) -> None:
    came(house, "delivered", took=86_400_000, released=1)

    assert twin(house)["speed"] is None


def test_a_webhook_shows_its_last_days_and_when_it_last_received(house: House) -> None:
    many_weeks(house)
    (webhook,) = twin(house)["webhooks"]

    assert (webhook["name"], webhook["mode"], webhook["today"], webhook["held"]) == ("essai", "live", 7, 0)
    assert webhook["days"] == [5, 5, 5, 5, 5, 5, 10, 5, 5, 5, 5, 5, 5, 7]
    assert webhook["last"].startswith("2026-")


def test_charts_have_a_title_and_a_table(house: House) -> None:
    many_weeks(house)
    source = Visitor(house, "viewer").get("/").source

    assert source.count('role="img"') == source.count("<title>") - 1 == 3
    assert "The same as a table" in source


def test_what_people_did_shows_no_login(house: House) -> None:
    Visitor(house, "viewer")
    did = [one["code"] for one in twin(house)["deeds"]]

    assert did == ["password_changed", "staff_added"]


def test_words_of_people_are_words(tmp_path: Path) -> None:
    house = plain_house(tmp_path)
    with house.services.store.write() as tx:
        by = By(house.clock(), "<script>alert(1)</script>\u202e")
        audit.note(tx, house.services.vault, by, "resumed", hook_id(house))
    source = Visitor(house, "viewer").get("/").source

    assert ("<script>alert" in source, "&lt;script&gt;alert(1)" in source) == (False, True)


def test_a_viewer_may_look_and_nobody_else(house: House) -> None:
    assert Visitor(house, "viewer").get("/").status == 200
    assert Visitor(house, None).get("/overview.json").status == 401


def test_a_large_store_is_counted_in_the_background_only(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "SMALL", 0)
    many_weeks(house)
    visitor = Visitor(house, "viewer").get("/")
    before = visitor.text
    figures.make(house.services)

    assert "The figures are being counted. They are here in a minute." in before
    assert "Counted at 10:00." in visitor.get("/").text


def test_a_large_store_tells_the_same_as_a_small_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    many_weeks(house)
    small = twin(house)
    monkeypatch.setattr(figures, "SMALL", 0)
    for _ in range(4):
        figures.make(house.services)
        house.clock.move(minutes=1)
    house.clock.at = NOW

    large = twin(house)
    kept = ("today", "became", "speed", "webhooks", "causes", "held")
    assert {name: large[name] for name in kept} == {name: small[name] for name in kept}


def test_a_day_that_is_over_is_counted_once_a_day(house: House) -> None:
    many_weeks(house)
    for _ in range(4):
        figures.make(house.services)
    with house.services.store.read() as tx:
        had = {row.name: row.at for row in tx.execute(tables.figures.select())}
    house.clock.move(minutes=2)
    figures.make(house.services)
    with house.services.store.read() as tx:
        again = {row.name for row in tx.execute(tables.figures.select()) if row.at > had[row.name]}

    assert again == {"day:2026-11-22", "now", "hours", "beat"}


def test_figures_hold_no_day_that_no_chart_shows(house: House) -> None:
    many_weeks(house)
    for _ in range(5):
        figures.make(house.services)
    house.clock.move(days=100)
    figures.make(house.services)
    days = {row.name for row in rows(house, tables.figures) if row.name.startswith("day:")}

    assert len(days) <= figures.KEPT
    assert "day:2026-11-22" not in days


def test_a_gap_between_two_counts_is_told_as_a_stop(house: House) -> None:
    came(house, "delivered")
    figures.make(house.services)
    house.clock.move(hours=3)
    figures.make(house.services)

    with house.app.test_request_context("/"):
        assert cast("Any", overview.overview())["stopped"] == "The app was stopped from 10:00 to 13:00."


@pytest.mark.parametrize("analysed", [False, True])
def test_no_page_reads_the_whole_store(house: House, monkeypatch: pytest.MonkeyPatch, *, analysed: bool) -> None:
    """Each question that the page and the count ask of submissions is answered by an index."""
    hook = hook_id(house)
    put(house, [row(index, hook, NOW - timedelta(minutes=3 * index)) for index in range(20_000)])
    with house.services.store.write() as tx:
        tx.exec_driver_sql("ANALYZE" if analysed else "SELECT 1").close()
    asked: list[tuple[str, Any]] = []
    monkeypatch.setattr(figures, "_grown", lambda _services: {})  # each few hours; it measures all of the store
    with house.services.store.read() as tx:
        engine = tx.engine
    listening.listen(engine, "before_cursor_execute", lambda _c, _k, said, given, *_: asked.append((said, given)))
    figures.make(house.services)
    twin(house)
    questions = [(said, given) for said, given in asked if "FROM event" in said]

    assert [plan for said, given in questions for plan in scans(house, said, given)] == []
    assert len(questions) > 20


def scans(house: House, said: str, given: Any) -> list[str]:
    with house.services.store.read() as tx:
        steps = [step[3] for step in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given).all()]
    return [f"{step}: {said}" for step in steps if step.startswith("SCAN event") and "LIMIT" not in said]


@pytest.mark.parametrize(
    ("most", "top"), [(0, []), (1, ["1"]), (3, ["2", "4"]), (53, ["30", "60"]), (99, ["50", "100"])]
)
def test_a_chart_reaches_up_to_a_round_number(most: int, top: list[str], house: House) -> None:
    with house.app.test_request_context():
        chart = drawing.counted([[(1, most)]], ["x"])

    assert [label for _y, label in chart.lines] == top


def test_columns_stand_on_the_ground_and_on_each_other(house: House) -> None:
    with house.app.test_request_context():
        (column,) = drawing.counted([[(1, 1), (2, 0), (4, 1)]], ["x"]).columns

    first, second = column.parts
    assert (first.series, second.series, first.y) == (1, 4, second.y + second.height)


def test_a_band_needs_two_days_that_are_usual() -> None:
    assert drawing.spark([1, 2], [None, (1, 2)]).band == ""
    assert len(drawing.spark([1, 2], [(0, 1), (1, 2)]).band.split()) == 4


@pytest.mark.usefixtures("both_stores")
def test_both_stores_count_the_same(tmp_path: Path) -> None:
    house = plain_house(tmp_path, ESSAI)
    came(house, "delivered", "created", "held", reason=None)
    figures.make(house.services)
    with house.services.store.read() as tx:
        day = figures.count(tx, TODAY, house.services.settings.timezone, house.clock())

    assert (day.of(), day.of("held"), day.hours[9]) == (3, 1, (3, 1, 1))
    assert twin(house)["held"] == 1

"""What Prometheus is told (docs/metrics.md): counted from the store, so that it is right across processes.

Labels are names of webhooks and Qomon accounts, and codes. Each look is answered by an index, or by what the overview
counts in the background.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from bridge.door import quarantine
from bridge.operations import figures, waiting
from bridge.operations.checkup import version
from bridge.operations.figures import Figures
from bridge.qomon import account
from bridge.services import Services
from bridge.store import counters
from bridge.store.counters import ANSWERS, CALLS, PROTECTED, SECONDS, TOOK
from bridge.store.tables import alert
from bridge.store.tables import hook as hooks
from schemas import normal


def text(services: Services) -> bytes:
    """In the text format 0.0.4. Raises StoreDown."""
    services.counters.keep(services.store)
    registry = CollectorRegistry()
    registry.register(_Stored(services))
    return generate_latest(registry)


class _Stored(Collector):
    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        now = self._services.now()
        with self._services.store.read() as tx:
            names = {row.id: row.name for row in tx.execute(select(hooks.c.id, hooks.c.name))}
            known = figures.shown(tx, self._services)
            yield from _submissions(known, names)
            yield from _waiting(tx, now)
            yield from _held(known, names, now)
            yield from _refused(tx)
            yield from _stopped(tx, self._services)
            yield from _alerts(tx)
            yield from _counted(tx)
        yield from _running(self._services, known, now)

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked before somebody asks."""
        yield from ()


def _submissions(known: Figures, names: Mapping[str, str]) -> Iterator[Metric]:
    today = GaugeMetricFamily(
        "bridge_submissions_today",
        "Submissions received since midnight in the campaign's zone, by what became of them.",
        labels=["hook", "outcome"],
    )
    if known.today is not None:
        for hook, outcomes in known.day(known.today).hooks.items():
            for outcome, many in outcomes.items():
                today.add_metric([names.get(hook, hook), outcome], many)
    yield today


def _waiting(tx: Connection, now: datetime) -> Iterator[Metric]:
    many = GaugeMetricFamily("bridge_waiting", "Lanes that wait to be written, by class.", labels=["class"])
    due = GaugeMetricFamily("bridge_waiting_due", "Those of them whose time has come.", labels=["class"])
    age = GaugeMetricFamily("bridge_waiting_oldest_seconds", "How long the first of them is due.", labels=["class"])
    for of, (all_, ripe, oldest) in sorted(waiting.by_class(tx, normal.epoch_ms(now)).items()):
        many.add_metric([of.name.lower()], all_)
        due.add_metric([of.name.lower()], ripe)
        age.add_metric([of.name.lower()], max(0.0, (now - oldest).total_seconds()))
    yield from (many, due, age)


def _held(known: Figures, names: Mapping[str, str], now: datetime) -> Iterator[Metric]:
    many = GaugeMetricFamily("bridge_held", "Submissions that wait for a person, by reason.", labels=["hook", "reason"])
    age = GaugeMetricFamily("bridge_held_oldest_seconds", "For how long the first of them waits.")
    for one in known.causes:
        many.add_metric([names.get(one.hook, one.hook), one.reason], one.many)
    age.add_metric([], max(((now - one.since).total_seconds() for one in known.causes), default=0.0))
    yield from (many, age)


def _refused(tx: Connection) -> Iterator[Metric]:
    many = GaugeMetricFamily("bridge_refused_calls", "Refused calls that are kept for a person.", labels=["hook"])
    heaps: dict[str, int] = {}
    for heap in quarantine.heaps(tx):
        heaps[heap.hook] = heaps.get(heap.hook, 0) + heap.count
    for hook, count in sorted(heaps.items()):
        many.add_metric([hook], count)
    yield many


def _stopped(tx: Connection, services: Services) -> Iterator[Metric]:
    on = GaugeMetricFamily(
        "bridge_space_stopped", "1 while nothing is written to a Qomon account.", labels=["space", "reason"]
    )
    for name, stop in sorted(account.stops(tx).items()):
        on.add_metric([name, stop.reason], 1)
    left = GaugeMetricFamily("bridge_qomon_tokens", "Tokens that Qomon allows now.", labels=["space"])
    for name, qomon in sorted(services.spaces.items()):
        left.add_metric([name], qomon.pace.left(services.now())[0])
    yield from (on, left)


def _alerts(tx: Connection) -> Iterator[Metric]:
    on = GaugeMetricFamily("bridge_alerts", "Causes that people are told of now, by kind.", labels=["kind"])
    counted = select(alert.c.kind, func.count().label("many")).where(alert.c.over.is_(None)).group_by(alert.c.kind)
    for row in tx.execute(counted.order_by(alert.c.kind)):
        on.add_metric([row.kind], row.many)
    yield on


def _counted(tx: Connection) -> Iterator[Metric]:
    """What was counted in all processes since the store was made."""
    calls = CounterMetricFamily("bridge_qomon_calls", "Answers of Qomon.", labels=["space", "method", "status"])
    answers = CounterMetricFamily("bridge_door_answers", "Answers of the door.", labels=["status"])
    protected = CounterMetricFamily("bridge_fields_protected", "Fields that a plain webhook would have erased.")
    took: dict[str, dict[str, int]] = {}
    spared = 0
    for name, labels, value in counters.kept(tx):
        if name == CALLS:
            calls.add_metric([labels["space"], labels["method"], labels["status"]], value)
        elif name == ANSWERS:
            answers.add_metric([labels["status"]], value)
        elif name == TOOK:
            took.setdefault(labels["space"], {})[labels["le"]] = value
        elif name == PROTECTED:
            spared += value
    protected.add_metric([], spared)
    yield from (calls, answers, protected, _histogram(took))


def _histogram(took: Mapping[str, Mapping[str, int]]) -> Metric:
    """In the store each call is counted in one bucket, and `sum` holds milliseconds."""
    seconds = HistogramMetricFamily("bridge_qomon_seconds", "How long Qomon took for a call.", labels=["space"])
    for space, counts in sorted(took.items()):
        buckets, so_far = list[tuple[str, float]](), 0
        for end in (*map(str, SECONDS), "+Inf"):
            so_far += counts.get(end, 0)
            buckets.append((end, so_far))
        seconds.add_metric([space], buckets, counts.get("sum", 0) / 1000)
    return seconds


def _running(services: Services, known: Figures, now: datetime) -> Iterator[Metric]:
    if known.size is not None:
        yield GaugeMetricFamily("bridge_store_bytes", "Size of the store.", value=known.size)
    if known.beat is not None:
        age = max(0.0, (now - known.beat).total_seconds())
        yield GaugeMetricFamily("bridge_beat_age_seconds", "Since the background work last ran.", value=age)
    writing = GaugeMetricFamily("bridge_writing", "0 where WRITING=off is set.", value=float(services.settings.writing))
    info = GaugeMetricFamily("bridge_info", "Always 1.", labels=["version"])
    info.add_metric([version()], 1)
    yield from (writing, info)

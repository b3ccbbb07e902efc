"""Settings: defaults, every fault at once, and no secret in anything printed."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_file
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from bridge.settings import Described, Space, described, read_settings
from schemas.settings import SettingsSchema
from tests.support.french import translator
from tests.support.whole_bridge import KEY

ENOUGH = {"QOMON_TOKEN": "token-of-the-campaign"}
SERVED = {"DATABASE_URL": "postgres://u@db.example.org/b", "BRIDGE_KEY": KEY}
MARKS = ["DYNO", "CONTAINER", "RENDER", "RAILWAY_SERVICE_ID", "FLY_APP_NAME", "K_SERVICE", "KOYEB_APP_NAME"]


def faults_of(environ: Mapping[str, str]) -> list[str]:
    return read_settings({**ENOUGH, **environ})[1]


def test_a_token_is_all_that_must_be_set() -> None:
    settings, faults = read_settings(ENOUGH)

    assert faults == []
    assert settings.qomon == {"default": Space("https://incoming.qomon.app", "token-of-the-campaign")}
    assert settings.database_url == "sqlite:///data/bridge.db"
    assert settings.bridge_keys == ()
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.port == 8000
    assert (settings.writing, settings.region, settings.timezone) == (True, "FR", ZoneInfo("Europe/Paris"))


def test_a_blank_variable_counts_as_not_set() -> None:
    settings, faults = read_settings({**ENOUGH, "PORT": " ", "QOMON_URL": "", "BRIDGE_KEY": "", "TIMEZONE": ""})

    assert faults == []
    assert (settings.port, settings.qomon["default"].url) == (8000, "https://incoming.qomon.app")


def test_every_fault_is_told_at_once() -> None:
    settings, faults = read_settings(
        {
            "QOMON_URL": "http://qomon.example.org",
            "PORT": "eighty",
            "TIMEZONE": "Europe/Nowhere",
            "DEFAULT_REGION": "France",
            "DATABASE_URL": "mysql://bridge:hunter2@db.example.org/bridge",
            "BRIDGE_KEY": "short",
            "PUBLIC_URL": "bridge.example.org",
            "WRITING": "perhaps",
        }
    )

    named = sorted(fault.partition(":")[0] for fault in faults)
    assert named == [
        "BRIDGE_KEY", "DATABASE_URL", "DEFAULT_REGION", "PORT", "PUBLIC_URL",
        "QOMON_TOKEN", "QOMON_URL", "TIMEZONE", "WRITING",
    ]  # fmt: skip
    assert settings.port == 8000


def test_every_fault_and_purpose_is_told_in_french_too() -> None:
    wrong = {
        "PORT": "0", "PROXIES": "many", "WRITING": "perhaps", "DEFAULT_LANGUAGE": "de", "TIMEZONE": "Europe/Nowhere",
        "DEFAULT_REGION": "France", "DATABASE_URL": "mysql://db", "BRIDGE_KEY": "short", "PUBLIC_URL": "bridge",
        "QOMON_URL": "http://qomon.example.org", "QOMON_TOKEN__NORD": "a b", "QOMON_TOKEN__a": "t",
        "QOMON_URL__SUD": "https://a:b@qomon.example.org", "QOMON_URL__EST": "https://[", "DYNO": "1",
        "SETUP_CODE": "short", "ALERT_URLS": "staff@example.org", "HEARTBEAT_URL": "http://waits.example.org",
        "METRICS_TOKEN": "short", "LOG_FORMAT": "xml", "HOOKS_FOLDER": "hooks/benevoles.yaml",
    }  # fmt: skip
    served = {**SERVED, "BRIDGE_KEY": "", "QOMON_TOKEN": "x" * 20}

    def told() -> list[str]:
        here = [{**ENOUGH, "PUBLIC_URL": url, **SERVED, "RENDER": "true"} for url in ("http://a.fr", "https://[::1]")]
        faults = [fault for environ in (wrong, served, *here) for fault in read_settings(environ)[1]]
        shown = described(read_settings({"QOMON_TOKEN": "x" * 20})[0])
        return [*faults, *(one.purpose for one in shown), *(one.value for one in shown if " " in one.value)]

    with create_app({**ENOUGH, "LANG": "fr"}).app_context():
        french = told()
    translate = translator()

    assert french == [translate(sentence) for sentence in told()]
    assert {*french} & {*told()} == set()
    marked = {
        message
        for name in ("bridge/settings.py", "schemas/settings.py")
        for _, message, *_ in extract_from_file("python", Path(__file__).parents[1] / name)
    }
    assert marked - translate.used == set()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgres_is_taken_as_the_platforms_write_it(scheme: str) -> None:
    settings, faults = read_settings(
        {**ENOUGH, **SERVED, "DATABASE_URL": f"{scheme}://u:p%40@db.example.org:5433/b?sslmode=require"}
    )

    assert faults == []
    assert settings.database_url == "postgresql+psycopg://u:p%40@db.example.org:5433/b?sslmode=require"


def test_postgres_wants_a_key_that_outlives_the_machine() -> None:
    assert faults_of({**SERVED, "BRIDGE_KEY": ""}) == [
        "BRIDGE_KEY: must be set with Postgres: 32 characters or more. Without it the store is noise."
    ]


@pytest.mark.parametrize("mark", MARKS)
def test_a_disk_that_is_thrown_away_is_no_matter_with_postgres(mark: str) -> None:
    assert faults_of({**SERVED, mark: "1"}) == []


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://db.example.org/b",
        "data/bridge.db",
        "postgres://u:hunter2@db.example.org",
        "postgres://u:hunter2@db.example.org:many/b",
        "postgresql+psycopg2://u:hunter2@db.example.org/b",
    ],
)
def test_anything_else_is_no_store(url: str) -> None:
    (fault,) = faults_of({**SERVED, "DATABASE_URL": url})

    assert fault.startswith("DATABASE_URL: must be sqlite:/// and the path of a file")
    assert "hunter2" not in fault


@pytest.mark.parametrize("url", ["http://localhost:8001", "http://127.0.0.1:8001/", "http://[::1]:8001"])
def test_http_is_allowed_towards_this_machine(url: str) -> None:
    settings, faults = read_settings({**ENOUGH, "QOMON_URL": url})

    assert faults == []
    assert settings.qomon["default"].url == url.rstrip("/")


def test_channels_and_what_is_called_are_addresses_and_never_shown() -> None:
    given = {
        "ALERT_URLS": "mailtos://bridge:hunter2@example.org?to=a@example.org,b@example.org slack://a/b/c",
        "HEARTBEAT_URL": "https://waits.example.org/ping/hunter2?from=bridge",
        "METRICS_TOKEN": "hunter2-and-more",
    }
    settings, faults = read_settings({**ENOUGH, **given})

    assert (faults, len(settings.alert_urls), settings.heartbeat_url) == ([], 2, given["HEARTBEAT_URL"])
    assert "hunter2" not in repr(settings) + repr(described(settings))
    assert faults_of({"HEARTBEAT_URL": "http://127.0.0.1:9000/ping"}) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ALERT_URLS", "mailtos://bridge@example.org, hunter2"),
        ("ALERT_URLS", "hunter2"),
        ("HEARTBEAT_URL", "http://waits.example.org/hunter2"),
        ("HEARTBEAT_URL", "https://[hunter2"),
        ("METRICS_TOKEN", "hunter2"),
        ("METRICS_TOKEN", "hunter2 and more"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_what_cannot_be_used_is_a_fault_that_does_not_repeat_it(name: str, text: str) -> None:
    (fault,) = faults_of({name: text})

    assert (fault.startswith(f"{name}: "), "hunter2" in fault) == (True, False)


@pytest.mark.parametrize(
    "url",
    [
        "http://qomon.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "https://user:hunter2@qomon.example.org",
        "https://qomon.example.org?token=hunter2",
        "https://qomon.example.org:0",
        "https://qomon.example.org:many",
        "ftp://qomon.example.org",
        "https://",
    ],
)
def test_an_address_that_would_send_the_token_in_clear_or_astray_is_a_fault(url: str) -> None:
    assert [fault.partition(":")[0] for fault in faults_of({"QOMON_URL": url})] == ["QOMON_URL"]


def test_further_spaces_have_lower_case_names_and_their_own_address() -> None:
    settings, faults = read_settings(
        {**ENOUGH, "QOMON_TOKEN__LYON_3": "t-lyon", "QOMON_URL__LYON_3": "https://lyon.example.org/"}
    )

    assert faults == []
    assert settings.qomon["lyon_3"] == Space("https://lyon.example.org", "t-lyon")


@pytest.mark.parametrize("name", ["Lyon", "DEFAULT", "A:B", "_A", "É"])
def test_a_space_that_could_not_be_told_from_another_is_a_fault(name: str) -> None:
    (fault,) = faults_of({f"QOMON_TOKEN__{name}": "t"})

    assert fault.startswith(f"QOMON_TOKEN__{name}: the name of a space is capitals, digits and single underscores")


def test_an_address_of_a_space_without_a_token_is_a_fault() -> None:
    assert faults_of({"QOMON_URL__LYON": "https://lyon.example.org"}) == [
        "QOMON_TOKEN__LYON: Environment variable not set."
    ]


def test_several_keys_are_for_rotation_and_each_is_long_enough() -> None:
    settings, faults = read_settings({**ENOUGH, "BRIDGE_KEY": f"{KEY} new, {KEY} old"})

    assert (settings.bridge_keys, faults) == ((f"{KEY} new", f"{KEY} old"), [])
    assert len(faults_of({"BRIDGE_KEY": f"{KEY},short"})) == 1
    assert len(faults_of({"BRIDGE_KEY": f"{KEY},"})) == 1


@pytest.mark.parametrize("mark", MARKS)
def test_a_disk_that_is_thrown_away_refuses_sqlite_unless_allowed(mark: str) -> None:
    (fault,) = faults_of({mark: "1"})

    assert fault.startswith(f"DATABASE_URL: {mark} is set, so files here vanish")
    assert faults_of({mark: "1", "ALLOW_EPHEMERAL": "1"}) == []


@pytest.mark.parametrize(("text", "writing"), [("off", False), ("0", False), ("on", True), ("true", True)])
def test_writing_is_on_or_off(text: str, *, writing: bool) -> None:
    assert read_settings({**ENOUGH, "WRITING": text})[0].writing == writing


def test_described_masks_secrets_and_says_what_is_a_default() -> None:
    settings, _ = read_settings({"QOMON_TOKEN__LYON": "hunter2", "DATABASE_URL": "mysql://u:hunter2@db.example.org"})
    shown = {one.name: one for one in described(settings)}

    assert shown["QOMON_TOKEN"] == Described(
        "QOMON_TOKEN",
        "",
        given=False,
        purpose="Qomon's key for this account. A further account: QOMON_TOKEN__NAME.",
    )
    assert (shown["QOMON_TOKEN__LYON"].value, shown["QOMON_TOKEN__LYON"].given) == (
        "set (7 characters)",
        True,
    )
    assert shown["DATABASE_URL"].value == "mysql://...@db.example.org"
    assert (shown["PORT"].value, shown["PORT"].given) == ("8000", False)


@pytest.mark.parametrize(
    "url", ["postgres://u:hun/ter2@db.example.org/b", "postgres://db.example.org/b?password=hunter2"]
)
def test_a_password_is_masked_wherever_it_stands_and_however_it_is_written(url: str) -> None:
    shown = {one.name: one.value for one in described(read_settings({"DATABASE_URL": url})[0])}

    assert shown["DATABASE_URL"] in ("postgres://...@db.example.org/b", "postgres://db.example.org/b?password=...")


@pytest.mark.parametrize("name", ["DATABASE_URL", "QOMON_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:hunter2@db.example.org/b",
        "postgres://u:p%40hunter2@db.example.org/b?sslmode=require",
        "postgres://db.example.org/b?user=u&PASSWORD=hunter2",
        "postgres://db.example.org/b?pass%77ord=hunter2",
        "postgres://db.example.org/b?sslmode=require&sslpassword=hunter2",
        "https://hunter2@qomon.example.org",
        "https://qomon.example.org?token=hunter2",
        "u:hunter2@db.example.org/b",
        "host=db.example.org password=hunter2 dbname=b",
        "host=db.example.org Password = 'p hunter2' dbname=b",
        "https://qomon.example.org/@hunter2@x",
    ],
)
def test_no_spelling_of_an_address_shows_its_secret(name: str, url: str) -> None:
    settings, faults = read_settings({**ENOUGH, name: url})

    assert [one.name for one in described(settings) if "hunter2" in one.value] == []
    assert [fault for fault in faults if "hunter2" in fault] == []
    assert "hunter2" not in repr(settings)


def test_every_setting_says_what_it_is_for() -> None:
    assert [one.name for one in described(read_settings(ENOUGH)[0]) if not one.purpose] == []


NAMES = ["QOMON_TOKEN", "QOMON_TOKEN__LYON", "BRIDGE_KEY", "QOMON_URL", "DATABASE_URL", "PUBLIC_URL", "PORT"]


@given(
    st.sampled_from(NAMES),
    st.sampled_from(
        ["{}", "https://u:{}@a.example.org", "http://a.example.org/?q={}", "postgres://u:{}@a.example.org/b"]
    ),
)
def test_no_fault_and_no_repr_quotes_what_was_set(name: str, shape: str) -> None:
    settings, faults = read_settings({name: shape.format("hunter2")})

    assert "hunter2" not in repr(faults) + repr(settings)


@pytest.mark.parametrize("wrong", ["-1", "10", "one", "1.5"])
def test_proxies_are_a_small_number(wrong: str) -> None:
    assert [fault.partition(":")[0] for fault in faults_of({"PROXIES": wrong})] == ["PROXIES"]


def test_clever_cloud_is_known_by_two_variables() -> None:
    assert faults_of({"INSTANCE_ID": "1"}) == []
    assert faults_of({"INSTANCE_ID": "1", "APP_ID": "app_1"})[0].startswith("DATABASE_URL: INSTANCE_ID is set")


@pytest.mark.parametrize(("mark", "stays"), [("RENDER", True), ("FLY_APP_NAME", True), ("DYNO", False)])
def test_a_disk_that_is_mounted_stays_where_the_platform_has_such(mark: str, *, stays: bool) -> None:
    mounted, beside = "sqlite:////proc/bridge.db", "sqlite:////nowhere/bridge.db"

    assert (faults_of({mark: "1", "DATABASE_URL": mounted}) == []) == stays
    assert len(faults_of({mark: "1", "DATABASE_URL": beside})) == 1


@pytest.mark.parametrize(
    ("name", "said", "url"),
    [
        ("RENDER_EXTERNAL_URL", "https://bridge.onrender.com", "https://bridge.onrender.com"),
        ("HEROKU_APP_DEFAULT_DOMAIN_NAME", "bridge-1.herokuapp.com", "https://bridge-1.herokuapp.com"),
        ("KOYEB_PUBLIC_DOMAIN", "bridge.koyeb.app", "https://bridge.koyeb.app"),
        ("RAILWAY_PUBLIC_DOMAIN", "bridge.up.railway.app", "https://bridge.up.railway.app"),
        ("FLY_APP_NAME", "bridge", "https://bridge.fly.dev"),
    ],
)
def test_the_address_is_the_platforms_unless_one_is_set(name: str, said: str, url: str) -> None:
    own = "https://pont.example.org"

    assert read_settings({**ENOUGH, **SERVED, name: said})[0].public_url == url
    assert read_settings({**ENOUGH, **SERVED, name: said, "PUBLIC_URL": own})[0].public_url == own


@pytest.mark.parametrize("url", ["http://pont.example.org", "http://127.0.0.1:8000", "https://localhost"])
def test_an_address_that_no_tool_should_call_is_a_fault_on_a_platform_only(url: str) -> None:
    told = [fault.partition(":")[0] for fault in faults_of({**SERVED, "DYNO": "web.1", "PUBLIC_URL": url})]

    assert told == ["PUBLIC_URL"]
    assert faults_of({**SERVED, "PUBLIC_URL": url}) == []


def test_a_platform_without_an_address_starts_so_that_setup_can_be_opened() -> None:
    assert faults_of({**SERVED, "CONTAINER": "web-1"}) == []


WRONG = {
    "QOMON_TOKEN": "hunter2 twice", "QOMON_URL": "https://u:hunter2@qomon.example.org",
    "DATABASE_URL": "mysql://u:hunter2@db", "BRIDGE_KEY": "hunter2", "SETUP_CODE": "hunter2",
    "PUBLIC_URL": "https://u:hunter2@bridge.example.org", "PORT": "eighty", "PROXIES": "all", "WRITING": "perhaps",
    "KEEP_DAYS": "ten", "UNDO_DAYS": "0", "HELD_DAYS": "-1", "ALERT_URLS": "hunter2",
    "HEARTBEAT_URL": "http://example.org/hunter2", "METRICS_TOKEN": "hunter2", "LOG_FORMAT": "xml",
    "AUDIT_DAYS": "9999", "DEFAULT_LANGUAGE": "de", "DEFAULT_REGION": "France", "TIMEZONE": "Europe/Nowhere",
    "ALLOW_EPHEMERAL": "perhaps", "HOOKS_FOLDER": "https://u:hunter2@example.org/hooks",
}  # fmt: skip
"""A wrong value of each setting that there is."""


def test_each_setting_that_there_is_has_a_wrong_value_here() -> None:
    assert {*WRONG} == {*SettingsSchema().fields}


@pytest.mark.parametrize("name", WRONG)
def test_each_setting_wrong_alone_is_one_fault_in_words_that_do_not_repeat_it(name: str) -> None:
    told = faults_of({name: WRONG[name]})

    assert [fault.partition(":")[0] for fault in told] == [name]
    assert "hunter2" not in told[0]
    assert len(told[0].partition(": ")[2]) > 10


def test_all_settings_wrong_at_once_are_each_told_once_and_nothing_is_opened(tmp_path: Path) -> None:
    settings, told = read_settings(WRONG)
    answer = create_app(WRONG | {"LANG": "en"}).test_client().get("/health")

    assert sorted(fault.partition(":")[0] for fault in told) == sorted(WRONG)
    assert "hunter2" not in repr(told) + repr(settings) + repr(described(settings)) + answer.get_data(as_text=True)
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "settings")
    assert [*tmp_path.iterdir()] == []


def test_a_wrong_setting_in_the_house_stops_the_commands_that_open_the_store(tmp_path: Path) -> None:
    made = create_app({**ENOUGH, "LANG": "en", "DATABASE_URL": f"sqlite:///{tmp_path}/bridge.db", "KEEP_DAYS": "ten"})
    done = made.test_cli_runner().invoke(args=["inbox", "list"])

    assert (done.exit_code != 0, "KEEP_DAYS" in done.output) == (True, True)
    assert [*tmp_path.iterdir()] == []

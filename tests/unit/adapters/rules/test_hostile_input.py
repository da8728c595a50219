"""No content of a rules file escapes as a traceback: rules, or a list of mistakes."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dispatcher.adapters.rules.load import read_rules
from dispatcher.adapters.rules.strict_yaml import RuleError, RulesInvalid

from .conftest import BUREAU, GAS, LIMITS, OFFICES, routing, write

FILES = {
    "limits.yaml": LIMITS,
    "routing.yaml": routing(),
    "offices.yaml": OFFICES,
    "reporting.yaml": "banned_phrases: [正在处理]\n",
    "roster.yaml": "entries:\n"
    '  - {unit: gas, role: duty_first, from: "2026-01-01 08:00",'
    ' to: "2026-01-02 08:00", contact: liaison.2}\n',
    "staff/gas.yaml": GAS,
    "staff/bureau.yaml": BUREAU,
}
NAMES = st.sampled_from(sorted(FILES))
SCALARS = st.one_of(
    st.sampled_from(["gas", "liaison.99", "-1", "0", "1e999", ".nan", "~", "9" * 5000, "0x1F"]),
    st.sampled_from(['"\\ud800"', '"\\0"', "!!python/object:os.system x", "*a", "&a b", "<<: *a"]),
    st.sampled_from(["2026-01-01", "12:30:45", "yes", "[]", "{}", "[[", "{a", "|", ">", "? [1]"]),
    st.text(max_size=12),
)
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def survives(changed: dict[str, bytes]) -> None:
    """Every error has a place and a reason and can be shown on a terminal."""
    for error in mistakes(changed):
        assert error.line >= 1
        assert error.reason
        assert str(error).encode("utf-8").decode("utf-8").isprintable()


def mistakes(changed: dict[str, bytes]) -> tuple[RuleError, ...]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, text in FILES.items():
            write(folder, name, text)
        for name, raw in changed.items():
            (folder / name).write_bytes(raw)
        try:
            read_rules(folder)
        except RulesInvalid as invalid:
            return invalid.errors
    return ()


@RELAXED
@given(name=NAMES, raw=st.binary(max_size=200))
@example(name="limits.yaml", raw=b"\xff\xfe\x00")
@example(name="staff/gas.yaml", raw=b"? " * 3000)
@example(name="staff/gas.yaml", raw=b"[" * 20000)
@example(name="staff/gas.yaml", raw=b"{a: " * 30 + b"}" * 30)
@example(name="staff/gas.yaml", raw=b"- " * 2000)
@example(name="staff/gas.yaml", raw=b"a: &x [*x]")
@example(name="staff/gas.yaml", raw=b"%YAML 9.9\n---\na: 1")
@example(name="staff/gas.yaml", raw=b"%TAG ! x\n---\n!y a")
@example(name="routing.yaml", raw=b"E2.GAS: {routes: [{lead: 'gas_{district}{district}'}]}")
@example(name="routing.yaml", raw=b"E2.GAS: {routes: [{lead: gas, districts: []}]}")
@example(name="offices.yaml", raw=b"null")
@example(name="reporting.yaml", raw=b"")
def test_any_bytes(name: str, raw: bytes) -> None:
    survives({name: raw})


@RELAXED
@given(name=NAMES, text=st.text(alphabet="abg:-[]{}&*!|>'\"%@`#?, \n\t0179E2.GAS", max_size=120))
def test_any_text_of_yaml_characters(name: str, text: str) -> None:
    survives({name: text.encode()})


@RELAXED
@given(name=NAMES, data=st.data())
def test_a_sound_file_with_one_value_replaced(name: str, data: st.DataObject) -> None:
    lines = FILES[name].splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    head, colon, _ = lines[at].partition(":")
    lines[at] = f"{head}{colon} {data.draw(SCALARS)}"
    survives({name: "\n".join(lines).encode("utf-8", "surrogatepass")})


@RELAXED
@given(name=NAMES, data=st.data())
def test_a_sound_file_with_a_piece_cut_out(name: str, data: st.DataObject) -> None:
    text = FILES[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    survives({name: (text[:start] + text[end:]).encode()})


@RELAXED
@given(name=NAMES, other=NAMES)
def test_a_file_saved_under_the_name_of_another(name: str, other: str) -> None:
    survives({name: FILES[other].encode()})

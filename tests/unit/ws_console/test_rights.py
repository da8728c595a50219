"""What leaves for whom: an auditor reads nothing that a caller said."""

from ws_console.gateway import rights

CALL = {
    "number": "19900000001",
    "text": "厨房有煤气味",
    "transcript": "喂,厨房有煤气味",
    "classification": {"class": "EMERGENCY_MAJOR"},
    "missed": {"number": "19900000001"},
    "state": "talking",
}


def test_an_agent_sees_the_call_as_it_is() -> None:
    assert rights.render("call", CALL, "agent") == CALL


def test_an_auditor_sees_that_there_is_a_call_and_nothing_said_in_it() -> None:
    seen = rights.render("call", CALL, "auditor")
    assert seen["state"] == "talking"
    assert "煤气" not in str(seen)
    assert "19900000001" not in str(seen)


def test_bulletins_are_for_everybody() -> None:
    bulletin = {"text": "测试路爆管", "category": "E1.WATER"}
    assert rights.visible("bulletin", bulletin, "agent")
    assert rights.render("bulletin", bulletin, "auditor") == bulletin

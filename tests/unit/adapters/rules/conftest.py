"""A small sound rules folder, which tests then break."""

from pathlib import Path

import pytest

from dispatcher.core.ids import CATEGORIES, DISTRICTS

REPOSITORY = Path(__file__).parents[4]
SHIPPED = REPOSITORY / "rules"

LIMITS = """\
hotline_number: "12345"
utc_offset: "+08:00"
office_hours: ["08:00-12:00", "14:30-17:30"]
emergency:
  major:
    limit_s: 600
    ext_limit_s: 1200
    ladder_a_s: [0, 60, 120, 180, 240]
    repeat_s: 300
  general:
    limit_s: 900
    ext_limit_s: 1800
    ladder_a_s: [0, 90, 180, 300, 420]
    repeat_s: 600
  marks_pct: [50, 70, 90, 100]
  ext_marks_pct: [75, 90, 100]
  repeats_before_hourly: 6
  ring_s: 20
  redial_s: 60
  not_delivered_s: 10
  handover_slow_s: 60
  reject_window_s: 300
  report_grace_s: 300
"""

OFFICES = """\
open_gov: office
supervision: office
emergency_bureau:
  city: bureau
"""

GAS = """\
gas:
  name: 测试燃气公司
  kind: utility
  level: city
  district: xuanzhou
  regulator: bureau
  feature_code: "01"
  duty: ["05635550101"]
  liaison:
    - {name: 测试甲, position: 调度员, office: "05635550111", mobile: "19900000111"}
    - {name: 测试乙, mobile: "19900000112"}
  handler:
    - {name: 演示一, mobile: "19900000121"}
  deputy:
    - {name: 演示二, mobile: "19900000131"}
  head:
    - {name: 演示三, mobile: "19900000141"}
"""

BUREAU = """\
bureau:
  name: 测试应急管理局
  kind: department
  level: city
  feature_code: "02"
  duty: [{number: "05635550201", answer: voice}]
  liaison: [{name: 测试丙, mobile: "19900000211"}]
  handler: [{name: 演示四, mobile: "19900000221"}]
  deputy: [{name: 演示五, mobile: "19900000231"}]
  head: [{name: 演示六, mobile: "19900000241"}]
office:
  name: 测试政务公开办
  kind: department
  level: city
  duty: ["05635550301"]
fire:
  name: 测试消防
  kind: emergency_service
  level: city
  duty: [{number: "119", answer: voice}]
"""


def routing() -> str:
    """Every category to ``gas``, with the line 119 for the gas leak."""
    blocks = [f"{c}:\n  routes:\n    - lead: gas\n" for c in CATEGORIES if c != "E2.GAS"]
    return (
        "E2.GAS:\n"
        '  link: ["119"]\n'
        "  advice: 开窗\n"
        "  routes:\n"
        "    - districts: [xuanzhou]\n"
        "      lead: gas\n"
        "      assisting: [bureau]\n"
        f"    - districts: [{', '.join(d for d in DISTRICTS if d != 'xuanzhou')}]\n"
        "      lead: bureau\n"
        "      informed: [gas]\n" + "".join(blocks)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four units, a route for everything, no warnings."""
    write(tmp_path, "limits.yaml", LIMITS)
    write(tmp_path, "offices.yaml", OFFICES)
    write(tmp_path, "reporting.yaml", "banned_phrases: [正在处理]\n")
    write(tmp_path, "routing.yaml", routing())
    write(tmp_path, "staff/gas.yaml", GAS)
    write(tmp_path, "staff/bureau.yaml", BUREAU)
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def change(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first ``old`` in a file; the line on which it stood."""
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {name}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1

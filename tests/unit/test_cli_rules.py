"""``dispatcher rules`` on the shipped folder and on a broken copy of it."""

import shutil
from pathlib import Path

from typer.testing import CliRunner

from dispatcher.cli_rules import rules_app
from dispatcher.core.pins import fits

SHIPPED = Path(__file__).parents[2] / "rules"


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(rules_app, list(args))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_check_tells_what_is_routed_where() -> None:
    code, said = run("check", str(SHIPPED))
    assert code == 0
    assert "98 units" in said
    assert "E2.GAS 燃气泄漏\n  宣州区 → 宣城燃气公司(演示)\n" in said
    assert "warning" not in said
    assert "NO_ROUTE" not in said


def test_check_prints_every_mistake_and_fails(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(SHIPPED, folder)
    (folder / "reporting.yaml").write_text("banned_phrases: 1\n", "utf-8")
    (folder / "staff/heat.yaml").write_text("heat: {}\n", "utf-8")
    code, said = run("check", str(folder))
    assert code == 1
    assert f"{folder}/reporting.yaml:1: banned_phrases: must be a list" in said
    for field in ("name", "kind", "level"):
        assert f"{folder}/staff/heat.yaml:1: heat.{field}: is missing" in said
    assert "4 error(s)" in said


def test_check_prints_warnings_and_succeeds(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(SHIPPED, folder)
    path = folder / "routing.yaml"
    text = path.read_text("utf-8")
    lead = '    - lead: "urban_{district}"'
    assert lead in text
    path.write_text(
        text.replace(lead, "    - districts: [jixi]\n" + lead[4:].replace("- ", "      "))
    )
    code, said = run("check", str(folder))
    assert code == 0
    assert "warning: " in said
    assert "E1.MUNI 市政设施危及安全 has no route in 宣州区、郎溪县" in said
    assert "NO_ROUTE → 宣州区应急管理局(演示)" in said


def test_check_of_no_folder(tmp_path: Path) -> None:
    code, said = run("check", str(tmp_path / "none"))
    assert code == 1
    assert "is not a folder" in said


def test_show_route_by_code_or_name_of_the_district() -> None:
    for district in ("guangde", "广德市"):
        code, said = run("show", "route", "e2.gas", district, "--rules", str(SHIPPED))
        assert code == 0
        assert "牵头 lead: 广德燃气公司(演示) (gas_guangde) 值班电话 0563555" in said
        assert "知会 informed: 宣城市住房和城乡建设局(演示)" in said
        assert "link: 119" in said
        assert "advice: 不要开关" in said


def test_show_route_names_what_it_does_not_know() -> None:
    assert "unknown category" in run("show", "route", "E9", "jixi", "--rules", str(SHIPPED))[1]
    assert "unknown district" in run("show", "route", "E2.GAS", "x", "--rules", str(SHIPPED))[1]


def test_show_unit_by_id_name_or_initials() -> None:
    for name in ("gas_xuanzhou", "宣城燃气", "xcrq"):
        code, said = run("show", "unit", name, "--rules", str(SHIPPED))
        assert code == 0
        assert "宣城燃气公司(演示) (gas_xuanzhou) · 宣州区" in said
        assert "直接承办人 办公室主任 演示甲一: 05635550121, 19900000121" in said
        assert "功能码 *901" in said


def test_show_unit_lists_several_and_refuses_none() -> None:
    assert "7 units:" in run("show", "unit", "燃气公司", "--rules", str(SHIPPED))[1]
    code, said = run("show", "unit", "zzz", "--rules", str(SHIPPED))
    assert code == 1
    assert "no unit has the id, name or initials zzz" in said


def test_show_unit_marks_a_switchboard() -> None:
    assert "119(总机)" in run("show", "unit", "line_119", "--rules", str(SHIPPED))[1]


def test_a_pin_is_made_or_typed_and_only_its_hash_is_printed() -> None:
    typed = CliRunner().invoke(rules_app, ["pin"], input="482915\n482915\n")
    assert typed.exit_code == 0
    line = typed.stdout.strip().splitlines()[-1].strip()
    assert "482915" not in typed.stdout
    assert fits("482915", line.removeprefix('pin: "').removesuffix('"'))
    made = CliRunner().invoke(rules_app, ["pin", "--make"])
    pin = made.stderr.split()[1]
    assert fits(pin, made.stdout.strip().removeprefix('pin: "').removesuffix('"'))


def test_a_weak_or_mistyped_pin_is_refused() -> None:
    weak = CliRunner().invoke(rules_app, ["pin"], input="123456\n")
    assert (weak.exit_code, "counting" in weak.stderr) == (1, True)
    other = CliRunner().invoke(rules_app, ["pin"], input="482915\n482916\n")
    assert (other.exit_code, "differ" in other.stderr) == (1, True)

"""The soak's rules folder: the shipped one, with units of its own that nobody else shares.

A unit serves one case at a time, so that every INVITE at one of its phones is that case's.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from dispatcher import resources

COUNT = 90
_ROUTING = """E2.GAS:
  routes:
    - lead: soak_00
"""
_UNIT = """soak_{u}:
  name: 演练单位{u}
  kind: utility
  level: county
  district: xuanzhou
  duty: ["{duty}", "{second}"]
  liaison:
    - {{name: 测试{u}, position: 联络员, office: "{liaison}", mobile: "{mobile}"}}
  handler:
    - {{name: 演示{u}, mobile: "{handler}"}}
  deputy:
    - {{name: 样例{u}, mobile: "{deputy}"}}
  head:
    - {{name: 虚构{u}, mobile: "{head}"}}

"""


@dataclass(frozen=True, slots=True)
class SoakUnit:
    """The ``n``-th unit and its phones."""

    n: int

    @property
    def id(self) -> str:
        return f"soak_{self.n:02d}"

    @property
    def duty(self) -> tuple[str, str]:
        return self._landline("01"), self._landline("02")

    @property
    def liaison(self) -> tuple[str, str]:
        """Office and mobile: which is rung first depends on the hour."""
        return self._landline("11"), self._mobile("11")

    @property
    def higher(self) -> tuple[str, str, str]:
        return self._mobile("21"), self._mobile("31"), self._mobile("41")

    @property
    def numbers(self) -> tuple[str, ...]:
        return (*self.duty, *self.liaison, *self.higher)

    def _landline(self, digits: str) -> str:
        return f"0563556{self.n:02d}{digits}"

    def _mobile(self, digits: str) -> str:
        return f"1990001{self.n:02d}{digits}"


def write_rules(folder: Path) -> Path:
    """The rules to run on, below ``folder``."""
    rules = folder / "rules"
    shutil.copytree(resources.folder("rules"), rules)
    units = [SoakUnit(n) for n in range(COUNT)]
    text = "".join(
        _UNIT.format(
            u=f"{unit.n:02d}",
            duty=unit.duty[0],
            second=unit.duty[1],
            liaison=unit.liaison[0],
            mobile=unit.liaison[1],
            handler=unit.higher[0],
            deputy=unit.higher[1],
            head=unit.higher[2],
        )
        for unit in units
    )
    (rules / "staff" / "soak.yaml").write_text(text, encoding="utf-8")
    (rules / "routing.yaml").write_text(_ROUTING, encoding="utf-8")
    return rules

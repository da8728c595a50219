"""A folder of rules → `core.rules.Rules`, or every mistake in it at once."""

from dataclasses import dataclass
from pathlib import Path

from dispatcher.core.errors import ConfigError
from dispatcher.core.rules import Rules

from .build import build
from .checks import check
from .draft import read_draft
from .strict_yaml import RuleError, RulesInvalid

MAX_TIME_SCALE = 100
"""Above it the marks of a 10-minute limit lie closer together than a call is decided."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Usable rules, and what a person should look at."""

    rules: Rules
    warnings: tuple[RuleError, ...]


def load_rules(folder: Path, *, time_scale: int = 1) -> Rules:
    """The rules in ``folder``, statutory durations divided by ``time_scale`` (1-100).

    Raises `RulesInvalid` with every mistake of every file, `ConfigError` for a time scale that
    cannot be used. Blocking: a third of a second for a city.
    """
    return read_rules(folder, time_scale=time_scale).rules


def read_rules(folder: Path, *, time_scale: int = 1) -> Loaded:
    """As `load_rules`, with the warnings."""
    if not 1 <= time_scale <= MAX_TIME_SCALE:
        raise ConfigError(
            "TIME_SCALE",
            f"时间倍率应为 1 到 {MAX_TIME_SCALE} 的整数",
            f"the time scale must be 1 to {MAX_TIME_SCALE}, not {time_scale}",
            "time_scale",
        )
    if not folder.is_dir():
        reason = "is not a folder; name the folder that holds the rules"
        raise RulesInvalid((RuleError(str(folder), 1, "", reason),))
    draft = read_draft(folder)
    errors, warnings = check(draft)
    if draft.errors or errors or draft.limits is None or draft.offices is None:
        raise RulesInvalid((*draft.errors, *errors))
    return Loaded(build(draft, draft.limits[0], draft.offices[0], time_scale), tuple(warnings))

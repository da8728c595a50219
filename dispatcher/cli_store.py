"""Commands on the ledger: ``dispatcher verify`` and ``dispatcher erase CASE``.

`attach` puts them on the command line's application; the composition root says where the database
is by default and how a row follows from its events.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from .adapters.sql.erase import erase_case
from .adapters.sql.verify import Fold, Report, verify
from .core.errors import DispatcherError

_Database = Annotated[
    Path | None, typer.Option("--database", envvar="DISPATCHER_DATABASE", help="The ledger's file.")
]
_Key = Annotated[
    Path | None, typer.Option("--key", help="The master key's file; default: beside the ledger.")
]


def attach(app: typer.Typer, default_database: Callable[[], Path], fold: Fold | None) -> None:
    """Add ``verify`` and ``erase`` to ``app``."""

    @app.command("verify")
    def verify_command(
        database: _Database = None,
        key: _Key = None,
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
        anchor: Annotated[
            str | None, typer.Option(help="SEQ:HASH noted from an earlier run.")
        ] = None,
    ) -> None:
        """Recompute the ledger and say what is wrong. Exit code 1 when anything is."""
        path = database or default_database()
        try:
            report = verify(path, key=key, fold=fold, anchor=_parse_anchor(anchor))
        except DispatcherError as error:
            raise _refuse(error, as_json=as_json) from error
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else _tell(report))
        raise typer.Exit(0 if report.ok else 1)

    @app.command("erase")
    def erase_command(
        case: Annotated[str, typer.Argument(help="Case number or id.")],
        database: _Database = None,
        key: _Key = None,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Destroy the personal data of a closed case for good; its history stays provable."""
        if not yes:
            typer.confirm(f"永久清除工单 {case} 的个人信息? Erase it for good?", abort=True)
        try:
            path = database or default_database()
            erased = erase_case(path, case, int(time.time() * 1000), key=key)
        except DispatcherError as error:
            raise _refuse(error, as_json=False) from error
        typer.echo(f"已清除 Erased: {case}" if erased else f"先前已清除 Erased before: {case}")


def _parse_anchor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    seq, _, head = text.partition(":")
    if not seq.isdigit() or len(head) != 64:
        raise typer.BadParameter("SEQ:HASH, as the last line of an earlier run shows it")
    return int(seq), head


def _refuse(error: DispatcherError, *, as_json: bool) -> typer.Exit:
    if as_json:
        told = {"ok": False, "error": error.code, "message_zh": error.message_zh}
        typer.echo(json.dumps({**told, "message_en": error.message_en}, ensure_ascii=False))
    else:
        typer.echo(f"{error.message_zh}\n{error.message_en}", err=True)
    return typer.Exit(2)


def _tell(report: Report) -> str:
    lines = [f"✗ {finding.message_zh} · {finding.message_en}" for finding in report.findings]
    lines.append(
        f"{report.cases} 工单 cases, {report.events} 记录 events, {report.commits} 提交 commits, "
        f"{report.erased} 已清除 erased"
    )
    if not report.with_key:
        lines.append("无主密钥,未核对个人信息与工单行 No master key: personal parts not checked")
    lines.append("账本完好 Ledger intact" if report.ok else "账本有误 Ledger NOT intact")
    lines.append(f"{report.tip_seq}:{report.tip_hash}")
    return "\n".join(lines)

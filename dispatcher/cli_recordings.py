"""Commands on the recordings: ``dispatcher recordings verify``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from .adapters.sql.store import SqlStore
from .config import load_settings
from .core.errors import ConfigError
from .floor.check import Finding, check

recordings_app = typer.Typer(help="Recordings of calls.", no_args_is_help=True)


@recordings_app.callback()
def recordings() -> None:
    """Recordings of calls and legs, as they were catalogued when they were closed."""


@recordings_app.command("verify")
def verify_recordings(
    config: Annotated[
        Path | None, typer.Option("--config", envvar="DISPATCHER_CONFIG", help="Settings (TOML).")
    ] = None,
    database: Annotated[
        Path | None, typer.Option("--database", envvar="DISPATCHER_DATABASE", help="The ledger.")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the recordings are.")] = None,
) -> None:
    """Compare every file with its SHA-256 in catalogue and ledger. Exit code 1 when one differs."""
    settings = load_settings(config)
    where = folder or settings.recordings.folder or settings.data / "pbx" / "recordings"
    if not where.is_dir():
        raise ConfigError(
            "NO_RECORDINGS",
            f"没有录音目录 {where}",
            f"there is no folder {where}: name it",
            "folder",
        )

    async def main() -> tuple[int, list[Finding]]:
        store = SqlStore(database or settings.data / "ledger.db")
        await store.open_beside()
        try:
            return await check(store, where)
        finally:
            await store.close()

    count, findings = asyncio.run(main())
    for finding in findings:
        typer.echo(f"✗ {finding.recording}: {finding.zh} · {finding.en}")
    typer.echo(f"{count} 条录音,{len(findings)} 条不符 · {count} recordings, {len(findings)} wrong")
    raise typer.Exit(1 if findings else 0)

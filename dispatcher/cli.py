"""The command ``dispatcher``: run, demo, pbx, rules, classify, recordings, user, verify, erase.

A command of a part imports that part only: reading a text starts fast.
"""

import asyncio
import importlib
import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from . import __version__
from .config import load_settings
from .core.errors import DispatcherError
from .interrupt import run_until_interrupted

PARTS = {
    "pbx": ("cli_pbx", "pbx_app"),
    "rules": ("cli_rules", "rules_app"),
    "classify": ("cli_classify", "classify_app"),
    "demo": ("cli_demo", "demo_app"),
    "recordings": ("cli_recordings", "recordings_app"),
}

app = typer.Typer(
    help="12345 hotline emergency dispatch.", no_args_is_help=True, pretty_exceptions_enable=False
)
user_app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
app.add_typer(user_app, name="user")

_Config = Annotated[
    Path | None, typer.Option("--config", envvar="DISPATCHER_CONFIG", help="Settings (TOML).")
]


@app.command()
def run(config: _Config = None) -> None:
    """Run the service and its consoles until Ctrl-C."""
    from .app import App

    settings = load_settings(config)

    async def main() -> None:
        async with App(settings) as running:
            typer.echo(f"console: {running.address}")
            await running.run()

    run_until_interrupted(main())


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@user_app.command("add")
def user_add(
    user: Annotated[str, typer.Argument(help="Sign-in name.")],
    role: Annotated[str, typer.Option(help="agent, supervisor, auditor or admin.")],
    name: Annotated[str, typer.Option(help="Name shown on screens.")] = "",
    seat: Annotated[str, typer.Option(help="Queue member of an agent, such as agent1.")] = "",
    config: _Config = None,
) -> None:
    """Create or replace a user; the password is asked for, or read from standard input."""
    from ws_console.gateway.accounts import Accounts

    from .adapters.sql.store import SqlStore

    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().strip()
    )
    settings = load_settings(config)

    async def main() -> None:
        settings.data.mkdir(parents=True, exist_ok=True)
        store = SqlStore(settings.data / "ledger.db")
        await store.open_beside()
        try:
            await Accounts(store).put_user(user, password, name or user, role, seat)
        finally:
            await store.close()

    asyncio.run(main())


def configure_logging() -> None:
    """One line per event on standard error; no personal data is ever logged."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _part(name: str) -> typer.Typer:
    module, attribute = PARTS[name]
    found: typer.Typer = getattr(importlib.import_module(f".{module}", __package__), attribute)
    return found


def _command() -> typer.Typer:
    """The application with the part that is asked for, or with all of them for the help."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    for name in (asked,) if asked in PARTS else PARTS if asked in ("", "--help") else ():
        app.add_typer(_part(name), name=name)
    if asked not in PARTS:
        from . import cli_store, snapshots

        cli_store.attach(app, lambda: load_settings().data / "ledger.db", snapshots.fold)
    return app


def main() -> None:
    """Entry point: our own errors are a sentence, not a traceback."""
    configure_logging()
    try:
        _command()()
    except DispatcherError as error:
        typer.echo(f"{error.code}: {error.message_zh}\n{error.message_en}", err=True)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()

"""The command ``dispatcher``: run, demo, pbx, rules, classify, user, verify, erase."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from . import __version__, cli_store, snapshots
from .adapters.sql.store import SqlStore
from .app import App
from .cli_classify import classify_app
from .cli_demo import demo_app
from .cli_pbx import pbx_app
from .cli_rules import rules_app
from .config import load_settings
from .core.errors import DispatcherError
from .interrupt import run_until_interrupted

app = typer.Typer(
    help="12345 hotline emergency dispatch.", no_args_is_help=True, pretty_exceptions_enable=False
)
user_app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
app.add_typer(user_app, name="user")
app.add_typer(pbx_app, name="pbx")
app.add_typer(rules_app, name="rules")
app.add_typer(classify_app, name="classify")
app.add_typer(demo_app, name="demo")
cli_store.attach(app, lambda: load_settings().data / "ledger.db", snapshots.fold)

_Config = Annotated[
    Path | None, typer.Option("--config", envvar="DISPATCHER_CONFIG", help="Settings (TOML).")
]


@app.command()
def run(config: _Config = None) -> None:
    """Run the service and its consoles until Ctrl-C."""
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

    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().strip()
    )
    settings = load_settings(config)

    async def main() -> None:
        settings.data.mkdir(parents=True, exist_ok=True)
        store = SqlStore(settings.data / "ledger.db")
        await store.open()
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


def main() -> None:
    """Entry point: our own errors are a sentence, not a traceback."""
    configure_logging()
    try:
        app()
    except DispatcherError as error:
        typer.echo(f"{error.code}: {error.message_zh}\n{error.message_en}", err=True)
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()

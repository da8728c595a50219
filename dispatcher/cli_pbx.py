"""``dispatcher pbx``: bring, run and examine the hotline's PBX."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from dispatcher.adapters.asterisk.embedded import instance
from dispatcher.adapters.asterisk.embedded.check import check as check_pbx
from dispatcher.adapters.asterisk.embedded.errors import PbxError
from dispatcher.adapters.asterisk.embedded.fetch import fetch as fetch_pbx
from dispatcher.adapters.asterisk.embedded.layout import locate
from dispatcher.adapters.asterisk.embedded.settings import AgentPhone, PbxSettings
from dispatcher.adapters.speech.espeak import SpeechError
from dispatcher.cli_prompts import prompts_app

pbx_app = typer.Typer(help="The PBX: fetch, start, stop, status, check.", no_args_is_help=True)
pbx_app.add_typer(prompts_app, name="prompts")
T = TypeVar("T")

Folder = Annotated[
    Path, typer.Option(help="The instance: its configuration, logs, sounds and recordings.")
]
Suite = Annotated[
    str | None, typer.Option(help="Debian suite to take Asterisk from: sid (22) or bullseye (16).")
]
_FOLDER = instance.default_folder()


@pbx_app.command()
def fetch(
    suite: Suite = None,
    mirror: Annotated[str, typer.Option(help="Debian mirror to use, e.g. http://…/debian")] = "",
) -> None:
    """Bring Asterisk and a speech engine into the user's cache, without root."""
    _or_explain(lambda: fetch_pbx(suite, mirror, typer.echo))


@pbx_app.command()
def render(
    folder: Folder = _FOLDER,
    settings: Annotated[
        Path | None, typer.Option(help="JSON file with the settings of the PBX.")
    ] = None,
    suite: Suite = None,
) -> None:
    """Write the configuration and the fixed phrases, start nothing."""

    def work() -> None:
        chosen = _settings(folder, settings)
        instance.prepare(chosen, locate(suite))
        typer.echo(f"configuration in {chosen.folder / 'etc'}, sounds in {chosen.sounds}")

    _or_explain(work)


@pbx_app.command()
def start(
    folder: Folder = _FOLDER,
    settings: Annotated[
        Path | None, typer.Option(help="JSON file with the settings of the PBX.")
    ] = None,
    suite: Suite = None,
) -> None:
    """Start the PBX in the background and wait until it answers."""

    def work() -> None:
        chosen = _settings(folder, settings)
        install = locate(suite)
        pid = instance.start(chosen, install)
        typer.echo(
            f"Asterisk {install.version} runs (process {pid}): SIP {chosen.bind}:"
            f"{chosen.sip_port}, manager {chosen.ami_bind}:{chosen.ami_port}, {chosen.folder}"
        )

    _or_explain(work)


@pbx_app.command()
def stop(folder: Folder = _FOLDER) -> None:
    """Stop the PBX; its calls end."""
    stopped = _or_explain(lambda: instance.stop(folder))
    typer.echo("stopped" if stopped else f"no PBX runs in {folder}")


@pbx_app.command()
def status(folder: Folder = _FOLDER) -> None:
    """Say whether the PBX runs; exit code 0 if it does, 3 if not."""
    pid = _or_explain(lambda: instance.running_pid(folder))
    if pid is None:
        typer.echo(f"no PBX runs in {folder}")
        raise typer.Exit(3)
    chosen = _or_explain(lambda: instance.load(folder))
    where = f": SIP {chosen.bind}:{chosen.sip_port}, manager {chosen.ami_port}" if chosen else ""
    typer.echo(f"runs (process {pid}){where}")


@pbx_app.command()
def check(
    folder: Folder = _FOLDER,
    host: Annotated[str, typer.Option(help="A PBX elsewhere: its manager's address.")] = "",
    port: Annotated[int, typer.Option(help="… its port.")] = 5038,
    user: Annotated[str, typer.Option(help="… the service's account.")] = "dispatcher",
    secret: Annotated[
        str, typer.Option(help="… its secret.", envvar="HOTLINE_AMI_SECRET", show_envvar=True)
    ] = "",
) -> None:
    """Compare a running PBX with what the service needs; one line for each thing missing."""
    agents: tuple[str, ...] = ()
    address = (host, port, user, secret)
    if not host:
        chosen = _or_explain(lambda: _settings(folder, None))
        agents = tuple(agent.id for agent in chosen.agents)
        address = (chosen.ami_bind, chosen.ami_port, chosen.ami_user, chosen.ami_secret)
    findings = asyncio.run(check_pbx(address, agents))
    for finding in findings:
        typer.echo(finding)
    if findings:
        raise typer.Exit(1)
    typer.echo("the PBX has all that the service needs")


def _settings(folder: Path, file: Path | None) -> PbxSettings:
    """From ``file``, else those of the instance, else a first set for this machine alone."""
    folder = folder.absolute()
    if file is not None:
        values = {"folder": str(folder), **json.loads(file.read_text(encoding="utf-8"))}
        return dataclasses.replace(instance.from_plain(values), folder=folder)
    return instance.load(folder) or PbxSettings(
        folder=folder,
        sip_port=5060,
        ami_port=5038,
        ami_secret=secrets.token_urlsafe(18),
        trunk_host="127.0.0.1",
        trunk_port=5070,
        agents=tuple(AgentPhone(f"agent{n}", secrets.token_urlsafe(12)) for n in range(1, 5)),
    )


def _or_explain(work: Callable[[], T]) -> T:
    """Run ``work``; an error a person can act on ends the command with its message."""
    try:
        return work()
    except (PbxError, SpeechError, OSError, ValueError, TypeError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error

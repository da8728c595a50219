"""``dispatcher pbx prompts``: the fixed phrases, spoken by the engine or recorded by the centre."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dispatcher.adapters.asterisk.embedded import instance
from dispatcher.adapters.asterisk.embedded.errors import PbxError
from dispatcher.adapters.asterisk.embedded.layout import locate
from dispatcher.adapters.asterisk.embedded.phrases import script, speak_phrases
from dispatcher.adapters.asterisk.embedded.prompts import standings, take_over
from dispatcher.adapters.asterisk.embedded.script import as_html, as_text
from dispatcher.adapters.speech.espeak import Speech, SpeechError

prompts_app = typer.Typer(
    no_args_is_help=True, help="The fixed phrases: list, make, script, import."
)
Folder = Annotated[Path, typer.Option(help="The instance whose sounds are meant.")]
_FOLDER = instance.default_folder()


def _sounds(folder: Path) -> Path:
    chosen = instance.load(folder.absolute())
    return chosen.sounds if chosen is not None else folder.absolute() / "sounds"


@prompts_app.command("list")
def list_(folder: Folder = _FOLDER) -> None:
    """Each phrase: recorded or spoken, how long, and what it says."""
    try:
        for number, found in enumerate(standings(_sounds(folder)), 1):
            phrase = found.phrase
            typer.echo(
                f"{number:2} {found.source:9} {found.seconds:5.1f} s  {phrase.name}  {phrase.text}"
            )
    except (PbxError, OSError) as error:
        _stop(str(error))


@prompts_app.command()
def make(
    folder: Folder = _FOLDER,
    anew: Annotated[bool, typer.Option("--anew", help="also those the engine has made")] = False,
    suite: Annotated[str | None, typer.Option(help="whose speech engine: sid or bullseye")] = None,
) -> None:
    """Let the engine speak what is missing or says other words by now; recordings are kept."""
    try:
        install = locate(suite)
        speech = Speech(install.speech_command, install.environment)
        sounds = _sounds(folder)
        made = speak_phrases(sounds, speech, anew)
    except (PbxError, SpeechError, OSError) as error:
        _stop(str(error))
    for path in made:
        typer.echo(str(path.relative_to(sounds)))
    typer.echo(f"{len(made)} made; recordings were kept")


@prompts_app.command("script")
def script_(
    output: Annotated[
        Path | None, typer.Option(help="Write it here; a name in .html gives a page to print.")
    ] = None,
) -> None:
    """The script for a recording: numbered, in Chinese, with where each phrase is heard."""
    phrases = script()
    if output is None:
        typer.echo(as_text(phrases))
        return
    page = output.suffix.lower() in (".html", ".htm")
    try:
        output.write_text(as_html(phrases) if page else as_text(phrases), encoding="utf-8")
    except OSError as error:
        _stop(f"{output}: {error.strerror}: name another file")
    typer.echo(f"{len(phrases)} phrases in {output}")


@prompts_app.command("import")
def import_(
    recordings: Annotated[Path, typer.Argument(help="Folder with one WAV file per phrase.")],
    folder: Folder = _FOLDER,
    partial: Annotated[
        bool, typer.Option("--partial", help="Phrases that the folder lacks stay as they are.")
    ] = False,
) -> None:
    """Take a centre's own recordings over: all are checked first, then all are put in place."""
    try:
        taken = take_over(recordings, _sounds(folder), partial=partial)
    except (PbxError, OSError) as error:
        _stop(f"{error}\nnothing was changed")
    typer.echo(f"{len(taken)} recordings taken over: {', '.join(taken)}")


def _stop(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(1)

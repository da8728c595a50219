"""``dispatcher classify``: answer JSON lines, explain one text, evaluate, train, suggestions.

Imports of the reader and of numpy are kept inside the functions, so that ``--help`` is quick.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import resources

if TYPE_CHECKING:
    from .adapters.text.reader import RuleReader
    from .core.classify import Classification

classify_app = typer.Typer(
    help="Class, category and district of what callers say.",
    invoke_without_command=True,
    no_args_is_help=True,
)

_Rules = Annotated[
    Path | None, typer.Option("--rules", envvar="DISPATCHER_RULES", help="Folder of the rules.")
]
_UNUSABLE = 2
_DISAGREED = 1


def _folder(rules: Path | None) -> Path:
    return rules or resources.folder("rules")


def _fail(message: object) -> typer.Exit:
    typer.echo(str(message), err=True)
    return typer.Exit(_UNUSABLE)


def _reader(rules: Path | None) -> "RuleReader":
    from .adapters.rules.strict_yaml import RulesInvalid
    from .adapters.text import reader
    from .adapters.text.model_file import ModelInvalid

    try:
        return reader.load(_folder(rules))
    except (RulesInvalid, ModelInvalid) as error:
        raise _fail(error) from error


def _classifier(reader: "RuleReader") -> "Callable[[str], Classification]":
    from .core.classify import TextContext, decide

    nothing = TextContext()
    return lambda text: decide(reader.read(text, nothing), None)


@classify_app.callback()
def main(
    context: typer.Context,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"id", "text"} lines from standard input.')
    ] = False,
    rules: _Rules = None,
) -> None:
    """With --jsonl: one answer line for every input line, in the same order, for any number of
    lines. A bad line is answered by {"id", "line", "error"}."""
    if context.invoked_subcommand is not None:
        return
    if not jsonl:
        raise _fail("give --jsonl or a command; see `dispatcher classify --help`")
    from .adapters.text.jsonlines import answers

    classify = _classifier(_reader(rules))
    out = sys.stdout.buffer
    try:
        for line in answers(sys.stdin.buffer, classify):
            out.write(line.encode() + b"\n")
            out.flush()
    except BrokenPipeError:
        sys.stderr.close()


@classify_app.command()
def explain(
    text: Annotated[str, typer.Argument(help="What the caller says.")], rules: _Rules = None
) -> None:
    """Say what TEXT is taken for, why, and what did not count."""
    from .adapters.text.explain import explanation

    reader = _reader(rules)
    typer.echo(explanation(reader, text))


@classify_app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Corpus format, or .jsonl with labels.")],
    errors: Annotated[
        bool, typer.Option("--errors/--no-errors", help="Show the worst errors with their texts.")
    ] = True,
    worst: Annotated[int, typer.Option(min=0, help="How many errors to show.")] = 20,
    rules: _Rules = None,
) -> None:
    """Compare with labels: confusion, recall and precision, calibration, worst errors."""
    from .adapters.text.corpus import CorpusInvalid, read_file
    from .adapters.text.evaluate import judge, report

    try:
        statements = read_file(file)
    except CorpusInvalid as error:
        raise _fail(error) from error
    judged = judge(statements, _classifier(_reader(rules)))
    typer.echo(report(judged, worst if errors else 0))


@classify_app.command()
def train(
    calls: Annotated[
        Path | None,
        typer.Option("--from", help="CSV: text,class,category,district[,overridden_class,…]"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Model file to write.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take effect without a question.")] = False,
    by_file: Annotated[
        bool, typer.Option("--by-file", help="Judge every file by a model that has not seen it.")
    ] = False,
    rules: _Rules = None,
) -> None:
    """Learn the model from rules/corpus, with --from also from a hotline's exported history."""
    from .adapters.rules.strict_yaml import RulesInvalid
    from .adapters.text.corpus import CorpusInvalid
    from .adapters.text.retrain import prepare, take_effect

    def say(line: str) -> None:
        typer.echo(line, err=True)

    try:
        prepared = prepare(_folder(rules), calls, say, by_file)
    except (RulesInvalid, CorpusInvalid) as error:
        raise _fail(error) from error
    typer.echo(prepared.report)
    if not yes and not typer.confirm("Take effect?"):
        typer.echo("nothing was changed")
        raise typer.Exit(_DISAGREED)
    typer.echo(f"written: {take_effect(prepared, out)}")


@classify_app.command()
def suggestions(
    log: Annotated[Path, typer.Argument(help="Override log (JSON lines).")], rules: _Rules = None
) -> None:
    """What agents' overrides suggest: statements to learn from, and rules that misled."""
    from .adapters.text.corpus import CorpusInvalid
    from .adapters.text.overrides import read_log, suggest

    try:
        entries = read_log(log)
    except CorpusInvalid as error:
        raise _fail(error) from error
    typer.echo(suggest(entries, _reader(rules)))


if __name__ == "__main__":
    classify_app()

"""Editing the vocabulary while the service runs."""

import asyncio
import shutil
from pathlib import Path

from dispatcher import resources
from dispatcher.adapters.text.reader import RuleReader
from dispatcher.adapters.text.watch import watch_reader

DEADLINE_S = 60


async def test_a_good_edit_gives_a_new_reader_and_a_bad_one_is_told(tmp_path: Path) -> None:
    shipped = resources.folder("rules")
    for name in ("classification", "districts.yaml"):
        source = shipped / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
    readers: asyncio.Queue[RuleReader] = asyncio.Queue()
    errors: asyncio.Queue[str] = asyncio.Queue()
    stop = asyncio.Event()
    watching = asyncio.create_task(
        watch_reader(tmp_path, readers.put_nowait, errors.put_nowait, stop=stop, debounce_ms=50)
    )
    triggers = tmp_path / "classification" / "triggers.yaml"
    before = triggers.read_text("utf-8")

    async def edit_until(
        queue: "asyncio.Queue[RuleReader] | asyncio.Queue[str]", text: str
    ) -> object:
        """The watch may not have begun yet: the edit is repeated until it is seen."""
        while True:
            triggers.write_text(text, "utf-8")
            try:
                return await asyncio.wait_for(queue.get(), 5)
            except TimeoutError:
                continue

    async with asyncio.timeout(DEADLINE_S):
        wrong = await edit_until(errors, before + "\nnonsense: [")
        assert "triggers.yaml" in str(wrong)
        assert await edit_until(readers, before + "\n# a remark\n")
    stop.set()
    await watching

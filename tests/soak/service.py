"""The service as an operator runs it (`dispatcher run`), in a process that may be killed."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import urllib.error
import urllib.request
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path

from dispatcher.adapters.sql.store import SqlStore
from ws_console.gateway.accounts import Accounts

PASSWORD = "soak-12345"
UP_WITHIN_S = 60
STOP_WITHIN_S = 20
_ROOT = Path(__file__).parents[2]


class ServiceDied(Exception):
    """It ended by itself; the log says why."""


class SoakService:
    """``start``, ``kill``, ``stop`` may follow each other on one ledger. ``life`` counts."""

    def __init__(
        self, folder: Path, rules: Path, console_port: int, pbx: dict[str, object]
    ) -> None:
        self.folder = folder
        self.database = folder / "data" / "ledger.db"
        self.address = f"http://127.0.0.1:{console_port}"
        self.life = 0
        self.wanted = False
        self._process: Process | None = None
        self._settings = folder / "settings.toml"
        sections: dict[str, dict[str, object]] = {
            "": {"data": str(folder / "data"), "rules": str(rules)},
            "console": {"port": console_port},
            "queue": {"wrapup_s": 0},
            "recordings": {"folder": str(pbx.pop("recordings"))},
            "pbx": pbx,
        }
        self._settings.write_text(_toml(sections), encoding="utf-8")

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def log(self) -> Path:
        return self.folder / f"service-{self.life}.log"

    async def put_users(self) -> None:
        """Before the first start: an agent's console and the shift leader's."""
        self.database.parent.mkdir(parents=True, exist_ok=True)
        store = SqlStore(self.database)
        await store.open_beside()
        accounts = Accounts(store)
        await accounts.put_user("agent1", PASSWORD, "测试坐席", "agent", "agent1")
        await accounts.put_user("leader", PASSWORD, "测试班长", "supervisor", "")
        await store.close()

    async def start(self) -> None:
        """Returns when the link to the PBX is up and consoles can sign in."""
        self.life += 1
        self.wanted = True
        setpriv = shutil.which("setpriv")
        prefix = (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
        command = (*prefix, sys.executable, "-m", "dispatcher.cli", "run",
                   "--config", str(self._settings))  # fmt: skip
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=_ROOT, stdin=DEVNULL, stdout=log, stderr=log
            )

    async def until_up(self) -> None:
        """Raises `ServiceDied` when it ends before, or does not come up in time."""
        for _ in range(UP_WITHIN_S * 5):
            if self.pid is None:
                break
            if await asyncio.to_thread(self._healthy):
                return
            await asyncio.sleep(0.2)
        raise ServiceDied(f"the service is not up: see {self.log}")

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/api/health", timeout=2) as answer:
                return bool(json.load(answer)["ok"])
        except (OSError, ValueError, urllib.error.URLError):
            return False

    async def kill(self) -> None:
        """-9: no word to anybody."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """In order, as Ctrl-C does it."""
        await self._end(signal.SIGINT)

    async def _end(self, how: signal.Signals) -> None:
        self.wanted = False
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.send_signal(how)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise ServiceDied(f"the service did not end in order: see {self.log}") from None

    async def verify(self) -> tuple[int, str]:
        """`dispatcher verify` on its ledger: exit code and what it says."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dispatcher.cli", "verify", "--database", str(self.database),
            cwd=_ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode(errors="replace").strip()


def _toml(sections: dict[str, dict[str, object]]) -> str:
    text = []
    for name, values in sections.items():
        text += [f"[{name}]"] if name else []
        text += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(text) + "\n"

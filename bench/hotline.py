"""Our installation as it is run, on a manager port that somebody else plays.

    python -m bench.hotline AMI_PORT FOLDER [--secret S] [--recordings FOLDER]

Everything the product has is in it: link, service, SQLite ledger, gateway under uvicorn. Prints
the consoles' address and a signed-in cookie when the link is up; ends with standard input.
"""

import argparse
import asyncio
import cProfile
import os
import sys
from pathlib import Path

from dispatcher.adapters.asterisk.link import LinkSettings
from dispatcher.adapters.asterisk.telephony import AsteriskTelephony
from dispatcher.app import App
from dispatcher.config import load_settings

PASSWORD = "bench-12345"


async def run(port: int, folder: Path, secret: str, recordings: Path | None) -> None:
    settings = load_settings(
        None,
        data=folder,
        console={"port": 0},
        pbx={"mode": "external"},
        recordings={"folder": recordings},
    )
    telephony = AsteriskTelephony(LinkSettings("127.0.0.1", port, "dispatcher", secret))
    async with App(settings, telephony) as app:
        accounts = app.gateway.accounts
        await accounts.put_user("leader", PASSWORD, "测试班长", "supervisor")
        token, _ = await accounts.sign_in("leader", PASSWORD, "bench")
        if not await telephony.link.until_up(10_000):
            raise SystemExit(f"the played PBX cannot be reached: {telephony.link.why}")
        address = app.address.replace("http", "ws", 1)
        print(f"{address}/ws hotline_session={token}", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("port", type=int)
    options.add_argument("folder", type=Path)
    options.add_argument("--secret", default="played")
    options.add_argument("--recordings", type=Path)
    given = options.parse_args()
    work = run(given.port, given.folder, given.secret, given.recordings)
    profile = os.environ.get("BENCH_PROFILE")
    if profile:
        with cProfile.Profile() as seen:
            asyncio.run(work)
        seen.dump_stats(profile)
    else:
        asyncio.run(work)

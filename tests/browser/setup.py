"""Makes sure that a Chromium is here: ``python tests/browser/setup.py``.

Debian's own package is used. Without root the person is told what to install.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")


def find() -> str | None:
    """The browser to drive; ``$HOTLINE_CHROMIUM`` goes before what is on the PATH."""
    named = os.environ.get("HOTLINE_CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    """0 when a browser is here, or could be installed."""
    if find():
        return 0
    named = os.environ.get("HOTLINE_CHROMIUM")
    if named:
        print(f"HOTLINE_CHROMIUM names {named}, which is no program", file=sys.stderr)
        return 1
    by_hand = "install it with: apt-get install chromium (or name one in HOTLINE_CHROMIUM)"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(f"the browser tests need Chromium; {by_hand}", file=sys.stderr)
        return 1
    print("installing Debian's chromium for the browser tests …", file=sys.stderr)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("apt-get", "update", "-qq"), INSTALL):
        done = subprocess.run(command, env=env, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            print(f"{' '.join(command)} failed; {by_hand}", file=sys.stderr)
            return 1
    if find() is None:
        print(f"apt-get installed no chromium on the PATH; {by_hand}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

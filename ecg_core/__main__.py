"""``python -m ecg_core``."""

from __future__ import annotations

import io
import os
import sys

_STOPPED = 2
_READER_GONE = 141
"""What a shell says of a program whose reader went before the end, as ``head`` does: 128 and SIGPIPE's number."""


def run() -> int:
    """Run the command; what nobody expected is told without what stands in the recording."""
    _prepare_streams()
    try:
        status = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:  # imports take their time too
        sys.stderr.write("Stopped.\n")
        return _STOPPED
    except BrokenPipeError:
        # What is still to be written goes nowhere, or the interpreter would complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE
    return status


def _prepare_streams() -> None:
    """Let nothing that is told fail: streams may be closed, or know too few characters for a name."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _run() -> int:
    from ecg_core.cli.program import main
    from ecg_core.logs import set_up, unforeseen

    set_up(default_level="warning")
    try:
        return main()
    except SystemExit as ended:  # argparse, after help or a complaint
        return ended.code if isinstance(ended.code, int) else 0
    except BrokenPipeError:
        raise
    except Exception as error:
        unforeseen("command_line", error)
        sys.stderr.write("This did not work for a reason that was not foreseen; the line above says where.\n")
        return 1


if __name__ == "__main__":
    sys.exit(run())

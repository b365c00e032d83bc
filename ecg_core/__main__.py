"""``python -m ecg_core``."""

import sys

from ecg_core.cli import main
from ecg_core.logs import set_up, unforeseen


def run() -> int:
    """Run the command; what nobody expected is told without what stands in the recording."""
    set_up(default_level="warning")
    try:
        return main()
    except Exception as error:
        unforeseen("command_line", error)
        sys.stderr.write("This did not work for a reason that was not foreseen; the line above says where.\n")
        return 1


if __name__ == "__main__":
    sys.exit(run())

"""``python -m ecg_core``."""

import sys

from ecg_core.cli import main
from ecg_core.logs import set_up

set_up(default_level="warning")
sys.exit(main())

"""``python -m ecg_core``."""

import sys

from ecg_core.cli import main

sys.exit(main())

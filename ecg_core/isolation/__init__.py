"""Reading of files from outside in worker processes with limits on memory, processor time and open files.

:func:`open_isolated` opens a recording as :func:`ecg_core.formats.open_recording` does, in a worker that was forked
from a template process with all readers loaded. A reader that crashes, loops or allocates without end costs that one
file and a sentence, never the process that asked.
"""

from ecg_core.isolation.pool import Limits, ReaderPool
from ecg_core.isolation.remote import open_isolated, shared_pool, view_table_isolated

__all__ = ["Limits", "ReaderPool", "open_isolated", "shared_pool", "view_table_isolated"]

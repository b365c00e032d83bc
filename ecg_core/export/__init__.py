"""Results as files that other programs read."""

from ecg_core.export.results import write_results

__all__ = ["write_results"]

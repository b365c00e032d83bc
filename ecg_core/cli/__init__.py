"""Command line: commands of ``python -m ecg_core``; each module has ``add(commands)``."""

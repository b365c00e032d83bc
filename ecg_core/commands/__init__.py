"""Commands of ``python -m ecg_core`` that have a module of their own; each has ``add(commands)``."""

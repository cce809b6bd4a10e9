"""Which tasks learn together: one strategy a file, constraints, stability. Start at `stage.py`."""

"""Did it help, and at what cost: metrics, chance, comparison of strategies. Start at `stage.py`."""

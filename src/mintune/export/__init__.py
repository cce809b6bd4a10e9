"""Groups for other tools: data and settings to tune or serve them with. One target a file; start at `stage.py`."""

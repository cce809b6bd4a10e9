"""mintune: which vision-language tasks to tune together, one adapter a group, and why."""

__version__ = "0.1.0"

"""How image and text interact in each task: predictions under four views become one profile a task."""

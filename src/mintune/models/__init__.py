"""What learns: backbones, how each view of an example is shown to one, and what it answers."""

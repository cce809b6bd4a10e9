"""`python -m mintune.cli`: the same as `mintune`."""

from mintune.cli.main import main

main()

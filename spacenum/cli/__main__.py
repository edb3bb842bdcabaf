"""``python -m spacenum.cli``."""

from spacenum.cli.main import main

main()

"""``python -m checker``: the same program as the ``imagecheck`` command."""

from checker.cli.main import main

if __name__ == "__main__":
    main()

"""`make run`: prepare what is not prepared, then become `manage.py run`."""

from __future__ import annotations

import os

from scripts import setup


def main() -> None:
    setup.prepare()
    os.chdir(setup.ROOT)
    os.execv(setup.VENV_PYTHON, [str(setup.VENV_PYTHON), "manage.py", "run"])


if __name__ == "__main__":
    main()

"""python3 -m scripts.services start|stop|status|env, with the state folder in SERVICES_DIR."""

from __future__ import annotations

import sys

from scripts.services.all import Services


def main(argv: list[str]) -> int:
    """Do one thing to all the services; return the exit code."""
    services = Services()
    match argv:
        case ["start"]:
            services.start()
        case ["stop"]:
            services.stop()
            return 0
        case ["env"]:
            pass
        case ["status"]:
            up = [(one.name, one.is_ready()) for one in services.backends]
            print("\n".join(f"{name}: {'up' if is_up else 'down'}" for name, is_up in up))
            return 0 if all(is_up for _, is_up in up) else 3
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print("\n".join(f"export {name}={value}" for name, value in services.env.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Traffic Studio: a window, or the same verbs on the command line."""

import sys

if __name__ == "__main__":
    try:
        from studio.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # pressed while the program was still being loaded
        sys.exit(130)

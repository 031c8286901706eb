"""Traffic Studio: a window, or the same verbs on the command line."""

import gc
import sys

if __name__ == "__main__":
    # Nothing that is loaded becomes garbage: looking for it takes a sixth of the start. Collecting
    # begins with `studio.loaded.collect_garbage`.
    gc.disable()
    try:
        from studio.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # pressed while the program was still being loaded
        sys.exit(130)

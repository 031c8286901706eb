"""A process whose files may not grow beyond a limit: it edits until it is told that it cannot."""

import resource
import signal
import sys
from pathlib import Path

from studio.document import Document
from studio.errors import StudioError
from tests.studio.project.test_full_disk import fill

LIMIT_BYTES = 2_000_000

document = Document.open(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))
try:
    for number in range(1000):
        document.edit(f"Fill {number}", fill, number)
        sys.stdout.write(f"Fill {number}\n")
except StudioError as error:
    sys.stdout.write(f"{error}\n")

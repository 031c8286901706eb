"""A studio without a window: trains a fake run in the project named, and polls until killed."""

import sys
import time
from pathlib import Path

from studio.document import Document
from studio.runs.controller import RunController
from workers.contract.options import TrainingOptions, with_values

document = Document.open(Path(sys.argv[1]))
controller = RunController(document, module="tests.studio.runs.fake_worker")
options = with_values(TrainingOptions(), {"base_model": sys.argv[2], "epochs": 6})
sys.stdout.write(f"{controller.train(options, recipe='')}\n")
sys.stdout.flush()
while True:
    controller.poll()
    time.sleep(0.05)

"""A small project with everything in it that an edit can touch."""

import pytest

from studio.document import Document
from tests.studio.project.street_project import fill_project, report_run


@pytest.fixture
def path(tmp_path):
    return tmp_path / "street.studio"


@pytest.fixture
def document(path):
    made = Document.create(path)
    made.edit("Fill", fill_project)
    made.record(report_run)
    yield made
    made.close()

"""Blobs: immutable bytes in the project file, found by what they hold."""

import hashlib

from sqlalchemy import Connection, select

from studio.project import schema


def keep_blob(connection: Connection, content: bytes) -> int:
    """The id of the blob with this content, stored now if it was not there yet."""
    blobs = schema.blobs
    digest = hashlib.sha256(content).hexdigest()
    found = connection.scalar(select(blobs.c.id).where(blobs.c.sha256 == digest))
    if found is not None:
        return found
    inserted = connection.execute(
        blobs.insert().values(sha256=digest, size=len(content), content=content)
    )
    key = inserted.inserted_primary_key
    assert key is not None
    return key[0]

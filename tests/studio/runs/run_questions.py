"""What tests ask of a project about its runs."""

from studio.project import schema

TABLES = (
    schema.metrics,
    schema.checkpoints,
    schema.evaluations,
    schema.measurements,
)
LOSSES = (
    "SELECT step, value FROM metrics JOIN metric_names n ON n.id = name_id "
    "WHERE run_id = ? AND n.name = 'train/loss' ORDER BY step"
)


def losses(document, run_id):
    rows = document.query(lambda connection: connection.exec_driver_sql(LOSSES, (run_id,)).all())
    return [tuple(row) for row in rows]


def all_rows(document, run_id):
    def read(connection):
        found = {}
        for table in TABLES:
            rows = connection.execute(table.select().where(table.c.run_id == run_id))
            found[table.name] = sorted(map(repr, map(tuple, rows)))
        return found

    return document.query(read)

"""The ``tasks`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import TIMESTAMP, Table, column

_TASKS = "raw_content.tasks"

TASKS = Table(
    name="tasks",
    description="An inline task of a page or blog post, done or not.",
    key=("task_id",),
    requests="one for every 250 tasks of a space",
    columns=(
        column("task_id", pa.string(), "The task's id.", source=_TASKS, nullable=False),
        column("content_id", pa.string(), "The page or blog post it is in.", source=_TASKS, nullable=False),
        column("content_type", pa.string(), "page or blogpost.", source=_TASKS, nullable=False),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
        column("local_id", pa.string(), "Its id within the body (ac:task-id).", source=_TASKS),
        column("status", pa.string(), "complete or incomplete.", source=_TASKS, nullable=False),
        column(
            "body_text",
            pa.string(),
            "What is to be done, as plain text: from the task itself, else from the body it is in.",
            source=(_TASKS, "raw_content.body"),
        ),
        column("created_by", pa.string(), "Who made it (account id).", source=_TASKS),
        column("assigned_to", pa.string(), "Who is to do it (account id).", source=_TASKS),
        column("completed_by", pa.string(), "Who did it (account id).", source=_TASKS),
        column("created_at", TIMESTAMP, "When it was made.", source=_TASKS),
        column("updated_at", TIMESTAMP, "When it last changed.", source=_TASKS),
        column("due_at", TIMESTAMP, "When it is due.", source=_TASKS),
        column("completed_at", TIMESTAMP, "When it was done.", source=_TASKS),
    ),
)

"""Progress: heard where somebody listens, and nowhere else."""

from confluence_pipeline.progress import Progress, listening, report

SOME = Progress(step="sync", space_key="ENG", done=1, total=2)


def test_only_the_innermost_listener_hears_and_only_inside_its_block() -> None:
    """A report goes to the listener of the block it is made in; outside of any block it goes nowhere."""
    outer: list[Progress] = []
    inner: list[Progress] = []
    report(SOME)
    with listening(outer.append):
        with listening(inner.append):
            report(SOME)
        report(SOME)
        with listening(None):
            report(SOME)
    report(SOME)
    assert (outer, inner) == ([SOME], [SOME])

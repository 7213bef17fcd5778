"""Sample data: an invented school whose students, subjects and teachers differ as real ones do."""

from academico_cli.sample.events import Event, expected_events, sample_events
from academico_cli.sample.messages import sample_messages
from academico_cli.sample.options import SampleOptions

__all__ = ["Event", "SampleOptions", "expected_events", "sample_events", "sample_messages"]

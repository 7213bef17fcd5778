"""The queue in PostgreSQL, for machines without RabbitMQ: table core.cola.

A message is removed by the transaction that loads it, so its removal and its effect are one
commit: nothing to acknowledge, and a rollback puts it back. ``broker`` publishes, ``subscription``
consumes.
"""

from academico_cli.broker.pgqueue.broker import PostgresBroker

__all__ = ["PostgresBroker"]

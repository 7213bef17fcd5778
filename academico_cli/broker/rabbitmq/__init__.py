"""RabbitMQ: the only package that imports pika.

``link`` reaches a broker and makes queues, ``publisher`` sends with confirms in flight,
``subscription`` is what the consuming thread holds, ``consumer`` the thread that feeds it.
"""

from academico_cli.broker.rabbitmq.broker import RabbitBroker

__all__ = ["RabbitBroker"]

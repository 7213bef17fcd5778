"""Where messages go that end their consumers."""

import logging

import pika

from academico_cli.broker.caution import dead_letter_name
from academico_cli.broker.rabbitmq.deliveries import Stretch
from academico_cli.broker.rabbitmq.link import make_queue

LOG = logging.getLogger(__name__)


def bury(connection: pika.BlockingConnection, stretch: Stretch, queue: str) -> None:
    """Move dead letters to their queue: confirmed there, then acknowledged here.

    Not left to the queue's own dead-letter exchange: a queue that others declared has none.
    """
    dead = dead_letter_name(queue)
    make_queue(connection, dead)
    channel = connection.channel()
    channel.confirm_delivery()
    for tag, properties, body in stretch.poison:
        properties.delivery_mode = 2
        # Left in place it would count against the message in the next queue too.
        properties.headers["x-academico-entregas"] = properties.headers.pop("x-delivery-count")
        channel.basic_publish("", dead, body, properties, mandatory=True)
        stretch.channel.basic_ack(tag)
        stretch.held -= 1
        stretch.held_bytes -= len(body)
        LOG.error(
            "a message ended its consumer again and again and was moved to %s (message id %s)",
            dead,
            properties.message_id,
        )
    stretch.poison.clear()
    channel.close()

"""The embedded PostgreSQL and the private RabbitMQ node behind ``academico up``."""

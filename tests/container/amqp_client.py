"""A client of a broker, with credentials: amqp_client.py HOST writes a message and reads it again."""

import sys

sys.path.insert(0, "/pika.zip")

import pika  # type: ignore[import-untyped]

credentials = pika.PlainCredentials("guest", "guest")
connection = pika.BlockingConnection(
    pika.ConnectionParameters(sys.argv[1], credentials=credentials)
)
channel = connection.channel()
channel.queue_declare("letters", exclusive=True)
channel.basic_publish("", "letters", b"hello")
method, _, body = channel.basic_get("letters", auto_ack=True)
connection.close()
sys.stdout.write(f"{body.decode()}\n" if method else "nothing\n")

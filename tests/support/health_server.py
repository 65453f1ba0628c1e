"""A server with the health service of gRPC."""

from __future__ import annotations

import socket
from collections.abc import Callable

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import StreamEnded

from tests.support.untilup_process import PATIENCE

# grpc.health.v1.HealthCheckResponse.ServingStatus
SERVING, NOT_SERVING = 1, 2


def answering(status: int) -> Callable[[socket.socket], None]:
    """Return what answers *status* to each call, as the health service does."""

    def behave(client: socket.socket) -> None:
        server = H2Connection(H2Configuration(client_side=False))
        server.initiate_connection()
        client.settimeout(PATIENCE)
        while received := client.recv(4096):
            for event in server.receive_data(received):
                if isinstance(event, StreamEnded):
                    server.send_headers(event.stream_id, [(":status", "200")])
                    server.send_data(event.stream_id, b"\0\0\0\0\2\x08" + bytes([status]))
                    server.send_headers(event.stream_id, [("grpc-status", "0")], end_stream=True)
            client.sendall(server.data_to_send())

    return behave

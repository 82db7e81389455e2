"""Messages that a cloud pushes: STOMP 1.2 over a WebSocket."""

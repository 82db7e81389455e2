"""Device Management as a client."""

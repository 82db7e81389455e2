"""The testo Device Management API: the settings of loggers. Facts: its reference."""

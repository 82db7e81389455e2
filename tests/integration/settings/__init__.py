"""A second login, which brings the settings of loggers."""

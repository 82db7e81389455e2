"""Tests of the integration, and the simulated cloud that they run against."""

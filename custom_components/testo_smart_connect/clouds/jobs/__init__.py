"""Clouds that run jobs: submit, poll, download, decode."""

"""Accounts of testo Saveris 2, and their move to Smart Connect."""

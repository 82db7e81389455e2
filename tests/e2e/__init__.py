"""The integration as a person meets it: in a browser."""

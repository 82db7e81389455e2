"""The Saveris 2 API, part by part."""

"""Blueprints, each as the automation of a user."""

"""The actions, a family in each module."""

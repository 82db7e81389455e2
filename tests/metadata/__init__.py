"""The files around the code: stand-ins for hassfest, which needs a checkout of Home Assistant."""

"""The demonstration: a simulated cloud and a real Home Assistant with the account set up in it."""

"""The kinds of accounts: how each is set up and reached."""

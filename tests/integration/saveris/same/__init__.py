"""What holds for an account with a key holds for one with a login: the same tests once more."""

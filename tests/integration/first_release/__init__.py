"""What release 0.1.0 left in a configuration folder, and the account that it had seen."""

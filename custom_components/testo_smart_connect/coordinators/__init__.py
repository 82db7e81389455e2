"""What polls a cloud, and when each of them is due."""

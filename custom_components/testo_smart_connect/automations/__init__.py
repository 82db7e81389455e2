"""What the triggers and conditions of the integration share."""

"""From one kind of account to another: entities, names and statistics come along."""

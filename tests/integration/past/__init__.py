"""What was measured and which alarms there were: as answers and as files."""

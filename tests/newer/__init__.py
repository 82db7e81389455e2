"""What the tests need on a Home Assistant that is newer than the pinned one."""

"""Files that readings and reports are handed over in, without Home Assistant."""

"""Files that readings and reports are handed over in: PDF, HTML and CSV."""

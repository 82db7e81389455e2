"""Files that people hand over: what a report says, and how it is written as PDF, HTML and CSV."""

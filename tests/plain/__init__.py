"""The smallest cloud that there can be: it lives here, and shows what a new one takes.

It tells the newest values and which alarms are open, and nothing else: no past, no limits, no
status, no names of places. Its serials hold blanks and underscores.
"""

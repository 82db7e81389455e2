"""The kinds of accounts: what each asks for, how it is reached, and what it is called.

This is the one place above the clouds that knows which ones there are. A new kind is one
row of the table in ``table``.
"""

"""What instruments are called by those who sell and buy them, by article number.

Facts: Smart Connect reference, part 10 (product knowledge, not from the interface). Others
keep their number until somebody has seen one.
"""

from typing import Final

_NAMES: Final = {
    "0572 2031": "Saveris 2-T1",
    "0572 2032": "Saveris 2-T2",
    "0572 2033": "Saveris 2-T3",
    "0572 2034": "Saveris 2-H1",
    "0572 2035": "Saveris 2-H2",
}


def model_name(article: str | None) -> str | None:
    """Return the name of a model, else its article number as it is."""
    if article is None:
        return None
    return _NAMES.get(" ".join(article.split()[:2]), article)

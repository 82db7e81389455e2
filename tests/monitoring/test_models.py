"""What models are called."""

import pytest

from custom_components.testo_smart_connect.monitoring.models import model_name


@pytest.mark.parametrize(
    ("article", "name"),
    [
        ("0572 2031", "Saveris 2-T1"),
        ("0572 2035 01", "Saveris 2-H2"),
        ("0572  2033", "Saveris 2-T3"),
        ("0572 2211", "0572 2211"),
        ("Prototype", "Prototype"),
        ("", ""),
        (None, None),
    ],
)
def test_a_known_article_has_a_name(article: str | None, name: str | None) -> None:
    assert model_name(article) == name

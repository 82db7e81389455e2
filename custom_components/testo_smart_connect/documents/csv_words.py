"""The words of a CSV file, by language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvWords:
    """What the lines of the header and the columns are called."""

    content: str
    readings: str
    """What a file consists of."""
    made: str
    device: str
    serial: str
    model: str
    site: str
    start: str
    end: str
    zone: str
    rows: str
    checksum: str
    none: str
    """That there is nothing."""
    moment: str
    """A time with its offset, as ISO 8601 has it."""
    day: str
    clock: str


_WORDS = {
    "en": CsvWords(
        content="Content",
        readings="Readings",
        made="Created",
        device="Device",
        serial="Serial number",
        model="Model",
        site="Site",
        start="From",
        end="To",
        zone="Time zone",
        rows="Rows",
        checksum="SHA-256 of the data rows",
        none="No readings in this period",
        moment="Time (ISO 8601)",
        day="Date",
        clock="Time of day",
    ),
    "de": CsvWords(
        content="Inhalt",
        readings="Messwerte",
        made="Erstellt",
        device="Gerät",
        serial="Seriennummer",
        model="Modell",
        site="Standort",
        start="Von",
        end="Bis",
        zone="Zeitzone",
        rows="Zeilen",
        checksum="SHA-256 der Datenzeilen",
        none="Keine Messwerte in diesem Zeitraum",
        moment="Zeit (ISO 8601)",
        day="Datum",
        clock="Uhrzeit",
    ),
    "es": CsvWords(
        content="Contenido",
        readings="Mediciones",
        made="Creado",
        device="Dispositivo",
        serial="Número de serie",
        model="Modelo",
        site="Emplazamiento",
        start="Desde",
        end="Hasta",
        zone="Zona horaria",
        rows="Filas",
        checksum="SHA-256 de las filas de datos",
        none="No hay mediciones en este periodo",
        moment="Tiempo (ISO 8601)",
        day="Fecha",
        clock="Hora",
    ),
    "fr": CsvWords(
        content="Contenu",
        readings="Mesures",
        made="Créé",
        device="Appareil",
        serial="Numéro de série",
        model="Modèle",
        site="Site",
        start="Du",
        end="Au",
        zone="Fuseau horaire",
        rows="Lignes",
        checksum="SHA-256 des lignes de données",
        none="Aucune mesure sur cette période",
        moment="Horodatage (ISO 8601)",
        day="Date",
        clock="Heure",
    ),
    "it": CsvWords(
        content="Contenuto",
        readings="Misurazioni",
        made="Creato",
        device="Dispositivo",
        serial="Numero di serie",
        model="Modello",
        site="Sede",
        start="Dal",
        end="Al",
        zone="Fuso orario",
        rows="Righe",
        checksum="SHA-256 delle righe di dati",
        none="Nessuna misurazione in questo periodo",
        moment="Data e ora (ISO 8601)",
        day="Data",
        clock="Ora",
    ),
    "nl": CsvWords(
        content="Inhoud",
        readings="Metingen",
        made="Gemaakt",
        device="Apparaat",
        serial="Serienummer",
        model="Model",
        site="Locatie",
        start="Van",
        end="Tot",
        zone="Tijdzone",
        rows="Rijen",
        checksum="SHA-256 van de gegevensrijen",
        none="Geen metingen in deze periode",
        moment="Tijdstip (ISO 8601)",
        day="Datum",
        clock="Tijd",
    ),
    "pl": CsvWords(
        content="Zawartość",
        readings="Pomiary",
        made="Utworzono",
        device="Urządzenie",
        serial="Numer seryjny",
        model="Model",
        site="Lokalizacja",
        start="Od",
        end="Do",
        zone="Strefa czasowa",
        rows="Wiersze",
        checksum="SHA-256 wierszy danych",
        none="Brak pomiarów w tym okresie",
        moment="Czas (ISO 8601)",
        day="Data",
        clock="Godzina",
    ),
}
LANGUAGES = frozenset(_WORDS)


def csv_words(language: str) -> CsvWords:
    """Return the words in a language such as `de` or `de-CH`, in English if it has none."""
    return _WORDS.get(language.partition("-")[0], _WORDS["en"])

"""What Home Assistant itself calls its buttons and menus."""

from typing import NamedTuple


class Words(NamedTuple):
    """The words of one language."""

    settings: str
    devices: str
    add: str
    submit: str
    finish: str
    close: str
    configure: str
    menu: str
    diagnostics: str
    reconfigure: str
    reauthenticated: str
    delete: str


WORDS = {
    "en": Words(
        settings="Settings",
        devices="Devices & services",
        add="Add integration",
        submit="Submit",
        finish="Finish",
        close="Close",
        configure="Configure",
        menu="Menu",
        diagnostics="Download diagnostics",
        reconfigure="Reconfigure",
        reauthenticated="Re-authentication was successful",
        delete="Delete",
    ),
    "de": Words(
        settings="Einstellungen",
        devices="Geräte & Dienste",
        add="Integration hinzufügen",
        submit="OK",
        finish="Fertigstellen",
        close="Schließen",
        configure="Konfigurieren",
        menu="Menü",
        diagnostics="Diagnosedaten herunterladen",
        reconfigure="Neu konfigurieren",
        reauthenticated="Die erneute Authentifizierung war erfolgreich",
        delete="Löschen",
    ),
}

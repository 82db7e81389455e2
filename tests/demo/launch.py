"""Run Home Assistant without speech, cameras and remote controls: `python -m tests.demo.launch`.

Home Assistant sets up these platforms at every start, and its web pages need them importable. Some
of their packages have to be compiled, which a machine for tests may be unable to do. So they are
not set up here, and a missing package is replaced by an empty one. Everything else is as shipped.
"""

from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
import sys
from types import ModuleType
from typing import Any, override

from homeassistant import __main__ as home_assistant
from homeassistant import bootstrap

_PLATFORMS = {
    "ai_task",
    "assist_satellite",
    "camera",
    "conversation",
    "image_processing",
    "infrared",
    "radio_frequency",
    "stt",
    "tts",
    "wake_word",
}
_PACKAGES = {
    "gazetteer_matcher",
    "haffmpeg",
    "hassil",
    "home_assistant_intents",
    "infrared_protocols",
    "mutagen",
    "pymicro_vad",
    "pyspeex_noise",
    "rf_protocols",
    "turbojpeg",
    "unicode_rbnf",
}


class _Anything(type):
    """The type of classes that have every attribute, as a class of its own."""

    def __getattr__(cls, name: str) -> Any:
        return _anything(name)


def _anything(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Anything(name, (), {})


class _Empty(MetaPathFinder, Loader):
    """Finds the packages that nobody else finds, and puts anything in them."""

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return an empty package for the names above."""
        if fullname.partition(".")[0] not in _PACKAGES:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    @override
    def exec_module(self, module: ModuleType) -> None:
        """Answer every import from the module."""
        module.__dict__["__getattr__"] = _anything


def main() -> int:
    """Run Home Assistant with the arguments of this command; return its exit code."""
    # It shall see its own folder and the installed packages, not this checkout.
    del sys.path[0]
    bootstrap.DEFAULT_INTEGRATIONS.difference_update(_PLATFORMS)
    sys.meta_path.append(_Empty())
    return home_assistant.main()


if __name__ == "__main__":
    sys.exit(main())

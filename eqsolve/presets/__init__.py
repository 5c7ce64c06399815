"""The games that come with eqsolve, as commented params files."""

from importlib.resources import files

from eqsolve.errors import InputError, nearest

_FOLDER = files(__name__)


def preset_names() -> list[str]:
    """The names of the presets, `paper` first."""
    names = [file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml")]
    return sorted(names, key=lambda name: (name != "paper", name))


def read_preset(name: str) -> str:
    """The params file of a preset, as text.

    Raises:
        InputError: if there is no such preset.
    """
    if name not in preset_names():
        raise InputError(f"unknown preset {name}: {nearest(name, preset_names())}")
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def preset_data(name: str) -> dict[str, str]:
    """The CSV files that a preset reads, as text by file name; they must lie beside its params file."""
    text = read_preset(name)
    tables = [file for file in _FOLDER.iterdir() if file.name.endswith(".csv")]
    return {file.name: file.read_text(encoding="utf-8") for file in tables if f'"{file.name}"' in text}


def preset_summary(name: str) -> str:
    """What a preset is about, in a sentence."""
    return read_preset(name).partition("\n")[0].removeprefix("# ")

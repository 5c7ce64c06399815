"""What reports are made of, spelled for streams whose encoding lacks it."""

import codecs
import unicodedata

SPELLED = "spelled"
"""The name of the error handler of streams."""

SIGNS = {
    "−": "-", "–": "-", "—": "-", "×": "x", "·": ".", "…": "...", "→": "->", "≤": "<=", "≥": ">=", "≠": "!=",
    "✓": "ok", "✗": "FAILED", "█": "#", "λ": "lambda",
}  # fmt: skip
"""Signs whose loss would change what is said; a minus that became a question mark would."""

GREEK = "GREEK SMALL LETTER "


def spell(sign: str) -> str:
    """A sign in ASCII: what it stands for, the name of a Greek letter, or its letter without marks."""
    if sign in SIGNS:
        return SIGNS[sign]
    name = unicodedata.name(sign, "")
    if name.startswith(GREEK):
        return name.removeprefix(GREEK).lower()
    if unicodedata.combining(sign):
        return ""
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return plain or "?"


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(spell, error.object[error.start : error.end])), error.end


codecs.register_error(SPELLED, _spelled)

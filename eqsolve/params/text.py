"""Reading text that users wrote."""

import codecs
from pathlib import Path

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by the byte order mark that names them; the mark of UTF-32 starts with one of UTF-16."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without byte order mark, or of another Unicode file that has one.

    Raises:
        ValueError: with the reason, if there is no such text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None
    return decode(content)


def decode(content: bytes) -> str:
    """The text of such a file, given what it holds; raises ValueError as `read_text`."""
    encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        name = encoding.removesuffix("-sig").upper()
        raise ValueError(f"not {name} text (line {line}): save it as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"not UTF-8 text (line {line}): save it as UTF-8, which UTF-16 is not")
    return text

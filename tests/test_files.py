import os
import stat
from pathlib import Path

import pytest

from eqsolve.errors import InputError
from eqsolve.files import check_destination, write


def test_a_new_file_is_written_with_the_usual_permissions(tmp_path):
    file = tmp_path / "result.json"
    check_destination(file, (".json",))
    assert not file.exists()
    write(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~_umask()
    assert os.listdir(tmp_path) == ["result.json"]


def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_when_writing_fails_the_old_file_is_whole(tmp_path, monkeypatch):
    file = tmp_path / "result.json"
    file.write_bytes(b"old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        write(file, b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["result.json"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("result.txt", "unknown extension: end the name in .json"),
        ("result", "unknown extension"),
        ("folder.json", "is a directory"),
        ("missing/result.json", "cannot be written: No such file or directory"),
        ("file.json/result.json", "cannot be written: Not a directory"),
        ("game.json", "is the params file"),
        ("./folder.json/../game.json", "is the params file"),
        (f"{'x' * 300}.json", "cannot be written: File name too long"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.json").mkdir()
    for file in ("file.json", "game.json"):
        (tmp_path / file).write_text("{}")
    with pytest.raises(InputError, match=message) as caught:
        check_destination(Path(name), (".json",), source=tmp_path / "game.json")
    assert str(caught.value).startswith(f"{Path(name)}: ")


def test_read_only_files_are_kept(tmp_path, monkeypatch):
    file = tmp_path / "result.json"
    file.write_text("{}")
    # The owner of everything may write anything, so the answer of the system is replaced.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(InputError, match="may not be written"):
        check_destination(file, (".json",))


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask

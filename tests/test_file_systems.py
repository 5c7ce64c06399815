"""File systems as people have them: NFS, no locks, links, mounts, pipes, devices, full disks, long names."""

import errno
import gzip
import os
import stat
from pathlib import Path

import pytest

from eqsolve import files
from eqsolve.errors import InputError
from eqsolve.files import check_destination, is_stream, staged, write, write_text

pytestmark = pytest.mark.thorough

HOSTILE = os.path.join(os.path.dirname(__file__), "hostile")
SWEEP = ("sweep", "-q", "--vary", "finetuning.cost=0,0.1", "--regime", "none")
LINE = " ".join(("eqsolve", *SWEEP))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("ending", ["csv", "nc", "parquet"])
def test_on_nfs_nothing_lingers_and_sweeps_end_well(shell, tmp_path, ending):
    nfs = {"PYTHONPATH": HOSTILE, "HOSTILE": "nfs"}
    first = shell(f"{LINE} --output out.{ending} --plot out.png", **nfs)
    assert (first.returncode, names(tmp_path)) == (0, [f"out.{ending}", "out.png"]), first.stderr
    again = shell(f"{LINE} --output out.{ending} --force", **nfs)
    assert (again.returncode, names(tmp_path)) == (0, [f"out.{ending}", "out.png"]), again.stderr


@pytest.mark.parametrize("system", ["ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def test_where_files_cannot_be_locked_sweeps_say_so_and_go_on(shell, tmp_path, system):
    done = shell(f"{LINE} --output out.csv", PYTHONPATH=HOSTILE, HOSTILE=system)
    assert done.returncode == 0
    assert done.stderr.startswith("warning: ") and "files cannot be locked here" in done.stderr
    assert names(tmp_path) == ["out.csv"]


@pytest.fixture
def islands(monkeypatch):
    """Every folder is a file system of its own."""
    rename = os.replace

    def replace(source, target, **options):
        if Path(source).resolve().parent != Path(target).resolve().parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source))
        rename(source, target, **options)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(os, "rename", replace)
    monkeypatch.setattr(files, "same_system", lambda one, other: Path(one).resolve() == Path(other).resolve())


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet", "out.nc"])
@pytest.mark.parametrize("target", ["missing", "old"])
def test_an_output_is_a_link_into_another_file_system(run, tmp_path, islands, name, target):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / name).symlink_to(scratch / "real.data")
    if target == "old":
        (scratch / "real.data").write_text("old")
    done = run(*SWEEP, "--output", name, *(["--force"] if target == "old" else []))
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / name).is_symlink()
    assert names(scratch) == ["real.data"] and names(tmp_path) == sorted([name, "scratch"])
    assert (scratch / "real.data").stat().st_size > 100


def test_links_over_links_and_in_folders_that_are_links(tmp_path, islands):
    scratch, home = tmp_path / "scratch", tmp_path / "home"
    scratch.mkdir()
    home.symlink_to(scratch)
    (scratch / "b.json").symlink_to("a.json")
    (scratch / "c.json").symlink_to(scratch / "b.json")
    write(home / "c.json", b"{}")
    assert (scratch / "a.json").read_bytes() == b"{}"
    assert (scratch / "b.json").is_symlink() and (scratch / "c.json").is_symlink()


def test_links_in_a_circle_are_refused(run, tmp_path):
    (tmp_path / "a.csv").symlink_to("b.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")
    done = run(*SWEEP, "--output", "a.csv")
    assert done.exit_code == 2
    assert "error: a.csv: Too many levels of symbolic links" in done.stderr


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o604])
def test_a_replaced_file_keeps_its_permissions(run, tmp_path, mode):
    for name in ("out.csv", "result.json", "plot.png"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    assert run(*SWEEP, "--output", "out.csv", "--force", "--plot", "plot.png").exit_code == 0
    assert run("solve", "--output", "result.json").exit_code == 0
    for name in ("out.csv", "result.json", "plot.png"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode
        assert (tmp_path / name).stat().st_size > 100


def test_what_is_secret_is_never_open_to_others(tmp_path):
    secret = tmp_path / "secret.json"
    secret.touch(0o600)
    with staged(secret) as scratch:
        assert stat.S_IMODE(scratch.stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES])
def test_a_file_that_is_mounted_by_itself_gets_the_content(tmp_path, monkeypatch, number):
    mounted = tmp_path / "out.json"
    mounted.write_text("something longer than before")

    def refuse(*args, **options):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    write(mounted, b"new")
    assert mounted.read_bytes() == b"new"
    assert names(tmp_path) == ["out.json"]


@pytest.fixture
def closed_folder(tmp_path, monkeypatch):
    """A folder that takes no new file, as the owner of everything sees none."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "old.json").write_text("old")
    touch, opened = Path.touch, os.open

    def refuse(path):
        if Path(path).parent.resolve() == folder and not os.path.exists(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    def touched(self, *args, **options):
        refuse(self)
        touch(self, *args, **options)

    def open_file(path, flags, *args, **options):
        if flags & os.O_CREAT:
            refuse(path)
        return opened(path, flags, *args, **options)

    monkeypatch.setattr(Path, "touch", touched)
    monkeypatch.setattr(os, "open", open_file)
    return folder


def test_in_a_folder_that_takes_no_file_one_that_is_there_can_be_written(run, closed_folder):
    assert run("solve", "--output", "closed/old.json").exit_code == 0
    assert '"eqsolve/equilibrium/2"' in (closed_folder / "old.json").read_text()
    new = run("solve", "--output", "closed/new.json")
    assert new.exit_code == 2
    assert new.stderr == "error: closed/new.json: cannot be written: Permission denied\n"
    (closed_folder / "out.csv").write_text("old")
    sweep = run(*SWEEP, "--output", "closed/out.csv", "--force")
    assert sweep.exit_code == 2
    assert sweep.stderr == "error: Permission denied: closed/out.csv.journal.lock\n"
    assert names(closed_folder) == ["old.json", "out.csv"]


def test_pipes_are_written_to(shell, tmp_path):
    done = shell(f"{LINE} --output whole.csv && {LINE} --output >(gzip > out.csv.gz) && sleep 0.5")
    assert done.returncode == 0, done.stderr
    whole = (tmp_path / "whole.csv").read_bytes()
    assert gzip.decompress((tmp_path / "out.csv.gz").read_bytes()) == whole
    for name in ("pipe.csv", "pipe.nc", "pipe.parquet"):
        done = shell(f"mkfifo {name}; cat {name} > got.{name} & {LINE} --output {name} && wait")
        assert done.returncode == 0, done.stderr
        assert stat.S_ISFIFO((tmp_path / name).stat().st_mode)
    assert (tmp_path / "got.pipe.csv").read_bytes() == whole
    assert shell("eqsolve plot got.pipe.nc --output plot.png").returncode == 0
    assert not [name for name in names(tmp_path) if "journal" in name]


def test_open_files_of_the_process_are_written_to_where_they_are(shell, tmp_path):
    done = shell("eqsolve solve --json --output /dev/stdout > both.txt")
    assert done.returncode == 0
    assert (tmp_path / "both.txt").read_text().count('"schema": "eqsolve/equilibrium/2"') == 2
    assert shell("ln -s /dev/stdout log.json && eqsolve solve --output log.json > log.txt").returncode == 0
    assert (
        '"schema"' in (tmp_path / "log.txt").read_text() and "Payoffs" in (tmp_path / "log.txt").read_text()
    )
    assert shell(f"{LINE} --output /dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert shell("eqsolve init /dev/stdout | grep -c revenue").returncode == 0


def test_pipes_and_devices_keep_nothing_and_have_a_format(run, tmp_path):
    kept = run(*SWEEP, "--output", "/dev/null", "--resume")
    assert kept.exit_code == 2 and "need --output FILE" in kept.stderr
    for name in ("/dev/stdout", "fifo.csv"):
        if name == "fifo.csv":
            os.mkfifo(tmp_path / name)
        with pytest.raises(InputError, match="unknown extension: end the name in"):
            check_destination(tmp_path / name, (".png", ".svg"))
    check_destination(Path("/dev/stdout"), (".json",))
    assert is_stream(Path("/dev/null")) and not is_stream(tmp_path / "new.csv") and not is_stream(tmp_path)


def test_a_long_temporary_folder_is_fine(shell, tmp_path):
    folder = (
        tmp_path / "scratch" / ("cluster-user-project-" * 4) / "slurm-job-1234567-node0042.cluster.example"
    )
    folder.mkdir(parents=True)
    line = LINE.replace("0,0.1", "0:0.1:40")
    done = shell(f"{line} --jobs 2 --output out.csv", TMPDIR=str(folder))
    assert done.returncode == 0, done.stderr
    shell(f"{line} --output here.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


def test_names_as_long_as_they_may_be(run, tmp_path):
    name = f"{'n' * 250}.json"
    assert run("solve", "--output", name).exit_code == 0
    assert names(tmp_path) == [name]
    sweep = run(*SWEEP, "--output", f"{'n' * 250}.csv")
    assert sweep.exit_code == 2
    assert sweep.stderr.startswith("error: File name too long: ")


def limited(path, size):
    """Path, once it and all beside it may have so many bytes: a full disk."""
    return f"ulimit -f {size}; {path}"


def test_a_full_disk_is_one_line_that_names_the_file(shell, tmp_path):
    line = LINE.replace("0,0.1", "0:0.1:2000") + " --output out.csv"
    done = shell(limited(line, 64))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: File too large: out.csv")
    assert not (tmp_path / "out.csv").exists()
    resumed = shell(f"{line} --resume") if (tmp_path / "out.csv.journal").exists() else shell(line)
    assert resumed.returncode == 0, resumed.stderr


def test_a_full_disk_takes_no_result_that_can_be_printed(run, tmp_path, monkeypatch):
    def full(self, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    done = run("solve", "--output", "result.json", "--json")
    assert done.exit_code == 2
    assert done.stderr == "error: result.json: cannot be written: No space left on device\n"
    assert '"quality"' in done.stdout
    assert names(tmp_path) == []


def test_no_row_leaves_no_journal_and_what_is_kept_is_said(run, tmp_path, monkeypatch):
    done = run(*SWEEP, "--output", "/dev/full")
    assert done.exit_code == 2
    assert done.stderr == "error: No space left on device: /dev/full; nothing is kept without --output FILE\n"

    def full(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("eqsolve.sweeps.work.solve_points", full)
    done = run(*SWEEP, "--output", "out.csv")
    assert (done.exit_code, names(tmp_path)) == (2, [])
    assert done.stderr == "error: No space left on device; no row was finished\n"
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("eqsolve.sweeps.files.gather", full)
    done = run(*SWEEP, "--output", "out.csv", "--force")
    kept = "2 of 2 rows are kept in out.csv.journal: the same command with"
    assert done.stderr == f"error: No space left on device; {kept} --resume in place of --force continues\n"


def test_names_that_are_no_text_become_escapes(tmp_path):
    write_text(tmp_path / "a.json", '{"file": "\udcff"}')
    assert (tmp_path / "a.json").read_bytes() == b'{"file": "\\udcff"}'


def test_an_empty_folder_that_is_mounted_takes_findings(run, tmp_path, islands):
    (tmp_path / "mounted").mkdir()
    done = run("findings", "--points", "2", "--only", "1", "--output", "mounted")
    assert done.exit_code == 0, done.stderr
    assert "findings.json" in names(tmp_path / "mounted")


def test_a_folder_at_hand_that_was_removed(shell):
    done = shell("mkdir d && cd d && rmdir ../d && eqsolve solve --json > ../out.json")
    assert done.returncode == 0, done.stderr
    done = shell("mkdir d && cd d && rmdir ../d && eqsolve solve --output x.json")
    assert done.returncode == 2
    own = [
        line for line in done.stderr.splitlines() if not line.startswith("sh: ")
    ]  # starts it from paths with spaces
    assert own == ["error: x.json: cannot be written: No such file or directory"]

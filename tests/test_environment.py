"""The environment is no input: locale, variables, streams, settings of matplotlib."""

import csv
import fcntl
import json
import os
import shlex
import struct
import subprocess
import sys
import termios
import time
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eqsolve import Params, solve
from eqsolve.errors import InputError

pytestmark = pytest.mark.thorough

SWEEP = "eqsolve sweep -q --vary finetuning.cost=0,0.1 --regime none"
PHASE = "eqsolve phase --x finetuning.cost=0:0.1 --y users.misfit_cost=0.2:0.6 --grid 2 --accuracy 0.1 --json"
VARIABLES = [
    {"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "utf-16"}, {"PYTHONOPTIMIZE": "2"},
    {"PYTHONWARNINGS": "error"}, {"PYTHONDEVMODE": "1"}, {"PYTHONINSPECT": "1"}, {"PYTHONUNBUFFERED": "1"},
    {"PYTHONHASHSEED": "1"}, {"COLUMNS": "20"}, {"FORCE_COLOR": "1"}, {"TERM": "dumb"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]  # fmt: skip
"""What people have in their environment, each of which once changed something."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What commands print without any of this."""
    folder = tmp_path_factory.mktemp("plain")
    return {line: printed(line, folder) for line in (SWEEP, "eqsolve schema", PHASE)}


def printed(line, folder, **env):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        line.split(), cwd=folder, env={**os.environ, "PATH": path, **env}, capture_output=True, stdin=0
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("env", VARIABLES, ids=lambda env: "-".join(f"{k}={v}" for k, v in env.items()))
def test_variables_do_not_change_what_machines_read(tmp_path, plain, env):
    assert printed(f"{SWEEP} --jobs 2", tmp_path, **env) == plain[SWEEP]
    assert printed("eqsolve schema", tmp_path, **env) == plain["eqsolve schema"]


def test_what_a_phase_diagram_prints_does_not_depend_on_the_process(tmp_path, plain):
    assert printed(PHASE, tmp_path, PYTHONHASHSEED="3") == plain[PHASE]


@pytest.fixture
def foreign(tmp_path):
    """Games whose data have names in other scripts, in files and columns."""
    (tmp_path / "Präferenzen.csv").write_text("id,Präferenz,嗜好\n1,0.15,0.3\n2,0.22,0.4\n", encoding="utf-8")
    for name, column in (("de", "Präferenz"), ("jp", "嗜好")):
        density = f'{{ dist = "empirical", file = "Präferenzen.csv", column = "{column}" }}'
        (tmp_path / f"{name}.toml").write_text(f"[model]\noutputs = {density}\n", encoding="utf-8")
    return {"de": "Präferenz", "jp": "嗜好"}


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_json_is_utf_8_and_names_are_what_they_are_in_every_locale(shell, tmp_path, foreign, env):
    for name, column in foreign.items():
        done = shell(f"eqsolve solve --params {name}.toml --json > {name}.json", **env)
        assert done.returncode == 0, done.stderr
        document = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        assert document["params"]["model"]["outputs"]["column"] == column
        assert shell(f"eqsolve solve --params {name}.json", **env).returncode == 0
    line = "eqsolve solve --params de.toml --set model.outputs.column=嗜好 --json"
    assert shell(f"{line} > set.json", **env).returncode == 0
    assert "嗜好" in (tmp_path / "set.json").read_text(encoding="utf-8")


def test_names_that_are_no_text_are_escaped_where_machines_read(tmp_path):
    name = os.fsdecode(b"g\xe9.toml")
    (tmp_path / name).write_text("")
    (tmp_path / "h.toml").write_text("")
    eqsolve = [Path(sys.executable).with_name("eqsolve"), "compare"]
    for form in ("json", "markdown"):
        done = subprocess.run(
            [*eqsolve, "--format", form, "--regime", "none", name, "h.toml"],
            cwd=tmp_path,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        assert b"g\\udce9" in done.stdout or b"g\\\\udce9" in done.stdout
        done.stdout.decode("utf-8")


def test_junit_and_csv_are_utf_8(shell, tmp_path, foreign):
    shell("cp de.toml Präferenz.toml && eqsolve compare --params Präferenz.toml --baseline b.json --update")
    line = "eqsolve compare --params Präferenz.toml --baseline b.json --format junit"
    done = shell(f"{line} > junit.xml", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0, done.stderr
    case = ElementTree.parse(tmp_path / "junit.xml").getroot().find("*/testcase")
    assert case is not None and case.get("name") == "Präferenz"
    assert shell(f"{SWEEP} > out.csv", PYTHONIOENCODING="utf-16").returncode == 0
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [row["status"] for row in rows] == ["certified"] * 2


def test_what_xml_may_not_hold_is_replaced(run, tmp_path):
    name = "a\x01b.toml"
    (tmp_path / name).write_text("")
    for more in (["--update"], ["--format", "junit"]):
        done = run("compare", "--params", name, "--baseline", "b.json", "--regime", "none", *more)
        assert done.exit_code == 0, done.output
    case = ElementTree.fromstring(done.stdout.encode()).find("*/testcase")
    assert case is not None and case.get("name") == "a?b"


FULL, CLOSED = "No space left on device", "it is closed"


@pytest.mark.parametrize(("stdout", "reason"), [("> /dev/full", FULL), (">&-", CLOSED)])
@pytest.mark.parametrize(
    "line", ["eqsolve solve", "eqsolve solve --json", SWEEP, "eqsolve --help", "eqsolve --version"]
)
def test_a_full_or_closed_stdout_is_exit_2_and_one_line(shell, line, stdout, reason):
    done = shell(f"{line} {stdout}")
    assert (done.returncode, done.stderr) == (2, f"error: stdout cannot be written: {reason}\n")


def test_results_do_not_need_streams(shell, tmp_path):
    streams = "<&- >&- 2>&-"
    assert shell(f"{SWEEP} --output out.csv {streams}").returncode == 0
    assert shell(f"eqsolve solve --output result.json {streams}").returncode == 2
    assert json.loads((tmp_path / "result.json").read_text())["schema"] == "eqsolve/equilibrium/2"
    table = (tmp_path / "out.csv").read_text()
    assert sum(not line.startswith("#") for line in table.splitlines()) == 3 and table.endswith("\n")
    for stream in ("2>&-", "2> /dev/full"):
        done = shell(f"eqsolve solve --json > again.json {stream}")
        assert done.returncode == 0
        assert json.loads((tmp_path / "again.json").read_text())
    assert shell("eqsolve solve --set platform.revenue=-1 2> /dev/full").returncode == 2


@pytest.mark.parametrize(
    "line",
    ["eqsolve sweep -q --vary finetuning.cost=0:0.1:3000 --regime none", "eqsolve schema", "eqsolve --help"],
)
def test_a_reader_that_leaves_ends_the_command_as_it_ends_others(shell, line):
    reader = "head -1 > /dev/null" if "sweep" in line else "true"
    done = shell(f"{{ sleep 0.2; {line}; echo code $? >&2; }} | {reader}")
    assert done.stderr == "code 141\n"


def test_a_stream_that_others_made_non_blocking_gets_everything(tmp_path):
    read, written = os.pipe()
    fcntl.fcntl(written, fcntl.F_SETFL, os.O_NONBLOCK)
    line = ["sweep", "--vary", "finetuning.cost=0:0.1:2000", "--regime", "none"]
    eqsolve = Path(sys.executable).with_name("eqsolve")
    run = subprocess.Popen([eqsolve, *line], stdout=written, stderr=subprocess.DEVNULL)
    os.close(written)
    held, still = 0, 0
    while still < STILL and run.poll() is None:
        time.sleep(0.02)
        before, held = held, waiting(read)
        still = still + 1 if held == before > 0 else 0
    rows = 0
    while block := os.read(read, PIPE):
        rows += block.count(b"\n")
    os.close(read)
    assert (run.wait(), rows) == (0, 2007)


PIPE = 65536
"""Bytes that are read at once."""

STILL = 25
"""Looks, half a second together, after which a pipe that gets no more is full."""


def waiting(pipe):
    """Bytes that can be read."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"    "))[0]


MATPLOTLIBRCS = {
    "usetex": b"text.usetex: True\n",
    "backend": b"backend: TkAgg\n",
    "unknown": b"no.such.key: 1\naxes.grid: maybe\n",
    "looks": b"figure.figsize: 2, 2\nfont.size: 30\nsavefig.bbox: tight\naxes.facecolor: black\n",
    "binary": b"\xff\xfe\x00",
}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Figures without any settings."""
    folder = tmp_path_factory.mktemp("figures")
    printed("eqsolve solve --plot a.svg", folder)
    printed(f"{SWEEP} --output s.csv --plot s.svg", folder)
    return folder


@pytest.mark.parametrize("settings", MATPLOTLIBRCS)
def test_the_settings_of_matplotlib_change_no_figure(shell, tmp_path, figures, settings):
    (tmp_path / "matplotlibrc").write_bytes(MATPLOTLIBRCS[settings])
    done = shell("eqsolve solve --output result.json --plot a.svg", MPLBACKEND="Qt4Agg")
    assert (done.returncode, done.stderr) == (0, "wrote result.json\nwrote a.svg\n")
    assert (tmp_path / "a.svg").read_bytes() == (figures / "a.svg").read_bytes()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    rc = str(tmp_path / "matplotlibrc")
    done = shell(f"{SWEEP} --output s.csv --plot s.svg", cwd=elsewhere, MATPLOTLIBRC=rc)
    assert done.returncode == 0, done.stderr
    assert (elsewhere / "s.svg").read_bytes() == (figures / "s.svg").read_bytes()


def test_settings_of_a_session_change_no_figure_and_are_not_changed():
    matplotlib = pytest.importorskip("matplotlib")
    from eqsolve.figures import equilibrium_figure, render

    equilibrium = solve(Params())
    plain = render(equilibrium_figure(equilibrium), ".svg")
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "text.usetex": True}):
        before = dict(matplotlib.rcParams)
        assert render(equilibrium_figure(equilibrium), ".svg") == plain
        assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    "line",
    [
        "solve --plot {}",
        "sweep --vary finetuning.cost=0,0.1 --output s.csv --plot {}",
        "compare --regime none --regime forced --plot {}",
        "simulate --users 200 --rounds 2 --plot {}",
    ],
)
def test_a_style_is_used_when_it_is_asked_for(run, tmp_path, line):
    (tmp_path / "big.mplstyle").write_text("font.size: 20\nbackend: TkAgg\n")
    for file, more in (("plain.svg", ()), ("styled.svg", ("--style", "big.mplstyle"))):
        done = run(*line.format(file).split(), *more, *(["--force"] if "sweep" in line else []))
        assert done.exit_code == 0, done.output
    assert (tmp_path / "plain.svg").read_bytes() != (tmp_path / "styled.svg").read_bytes()


BAD_STYLES = {
    "--style: there is no figure to draw": ("solve", "--style", "bad.mplstyle"),
    "none.mplstyle: No such file or directory": ("solve", "--plot", "a.svg", "--style", "none.mplstyle"),
    "bad.mplstyle: not a style file of matplotlib": ("solve", "--plot", "a.svg", "--style", "bad.mplstyle"),
    "no.such.key": ("solve", "--plot", "a.svg", "--style", "bad.mplstyle"),
    "folder: Is a directory": ("solve", "--plot", "a.svg", "--style", "folder"),
    "binary: not a style file": ("solve", "--plot", "a.svg", "--style", "binary"),
}


@pytest.mark.parametrize("culprit", BAD_STYLES)
def test_what_is_wrong_with_a_style_is_said_before_any_work(run, tmp_path, monkeypatch, culprit):
    monkeypatch.setattr("eqsolve.equilibrium._solve_batch", lambda *args: pytest.fail("work was done"))
    (tmp_path / "bad.mplstyle").write_text("no.such.key: 1\nfont.size: huge-ish\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder").mkdir()
    done = run(*BAD_STYLES[culprit])
    assert done.exit_code == 2
    assert culprit in done.stderr and "Traceback" not in done.stderr


def test_a_style_that_cannot_be_drawn_takes_no_result(run, tmp_path, monkeypatch):
    (tmp_path / "tex.mplstyle").write_text("text.usetex: True\n")

    def fail(*args, **options):
        raise RuntimeError("Failed to process string with tex because latex could not be found\nlong log")

    monkeypatch.setattr("eqsolve.figures.equilibrium_figure", fail)
    done = run("solve", "--output", "r.json", "--plot", "a.svg", "--style", "tex.mplstyle")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("error: a.svg: cannot be drawn with tex.mplstyle: Failed")
    assert "Payoffs" in done.stdout and (tmp_path / "r.json").exists()
    line = ("sweep", "--vary", "finetuning.cost=0,0.1", "--output", "s.csv", "--plot", "s.svg")
    done = run(*line, "--style", "tex.mplstyle")
    assert done.exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.json", "s.csv", "tex.mplstyle"]
    assert "2 rows: 2 certified" in done.stderr and "kept" not in done.stderr


def test_python_m_eqsolve_is_the_command(shell):
    python = shlex.quote(sys.executable)
    done = shell(f"{python} -m eqsolve {SWEEP.removeprefix('eqsolve ')} --jobs 2")
    assert done.returncode == 0, done.stderr
    assert done.stdout == shell(SWEEP).stdout
    assert shell(f"{python} -m eqsolve --help").stdout.startswith("Usage: python -m eqsolve ")


def test_advice_on_params_files_is_not_given_for_data(run, tmp_path):
    (tmp_path / "data.csv").write_text("taste\n0.2\nmuch\n")
    text = 'outputs = { dist = "empirical", file = "data.csv", column = "taste" }'
    (tmp_path / "game.toml").write_text(f"[model]\n{text}\n")
    done = run("solve", "--params", "game.toml")
    assert done.exit_code == 2 and "hint" not in done.stderr
    assert "eqsolve init" in run("solve", "--set", "finetuning.csot=1").stderr


GUARDED = 'if __name__ == "__main__":\n    '
WORK = """
import os, signal
from concurrent.futures.process import BrokenProcessPool
from eqsolve.sweeps.engine import WorkerLost, executor_of, run
def die(): os.kill(os.getpid(), signal.SIGKILL)
def work():
    try:
        with executor_of(2) as executor: list(run(die, [()], executor, 2))
    except WorkerLost as lost: print(lost)
"""


def test_advice_on_guards_is_given_to_scripts_without_one(shell, tmp_path):
    (tmp_path / "guarded.py").write_text(f"{WORK}\n{GUARDED}work()\n")
    (tmp_path / "open.py").write_text(f"{WORK}\nwork()\n")
    assert shell(f"{shlex.quote(sys.executable)} guarded.py").stdout == (
        "a worker process died: it was killed, or memory is short\n"
    )
    assert (
        'put its work under `if __name__ == "__main__":`'
        in shell(f"{shlex.quote(sys.executable)} open.py").stdout
    )


def test_workers_import_nothing_from_the_working_directory(shell, tmp_path):
    (tmp_path / "numpy.py").write_text("raise RuntimeError")
    (tmp_path / "eqsolve").mkdir()
    (tmp_path / "eqsolve" / "__init__.py").write_text("raise RuntimeError")
    done = shell(f"{SWEEP} --jobs 2")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == shell(SWEEP).stdout.replace(SWEEP[8:], f"{SWEEP[8:]} --jobs 2")


@pytest.mark.parametrize(
    ("text", "value"),
    [(".5", 0.5), ("5.", 5.0), ("+.5", 0.5), ("1.e-1", 0.1), (".5E0", 0.5), ("1e-1", 0.1), ("1_0", 10)],
)
def test_numbers_after_set_are_those_after_vary(text, value):
    from eqsolve.params import parse_overrides
    from eqsolve.sweeps.axes import parse_axis

    assert parse_overrides([f"platform.revenue={text}"]) == {"platform.revenue": value}
    assert parse_axis(f"platform.revenue={text}").values == (value,)
    game = Params().replace(parse_overrides([f"platform.revenue={text}"]))
    assert game.platform.revenue == value


@pytest.mark.parametrize("text", [".", "..5", "5..", ".e1", "0,5", "1.2.3", "infinity", "._5"])
def test_what_is_no_number_stays_text(text):
    from eqsolve.params import parse_overrides

    with pytest.raises(ValueError):
        tomllib.loads(f"value = {text}")
    changes = parse_overrides([f"platform.revenue={text}"])
    assert changes == {"platform.revenue": text}
    with pytest.raises(InputError, match="has the wrong type"):
        Params().replace(changes)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_reports_say_the_same_in_encodings_that_lack_their_signs(shell, tmp_path, encoding):
    """A minus sign that became a question mark would be a loss without a sign, a check mark a doubt."""
    done = shell("eqsolve solve > report.txt", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "report.txt").read_bytes().decode(encoding)
    assert "?" not in report
    assert "ok certified" in report and "beta* = 4.00000" in report
    assert "low -57.2%" in report.replace("\N{EN DASH}", "-")

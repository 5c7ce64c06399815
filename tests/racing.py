"""Sweeps that race for one output: processes that start, force, resume, join shards and die at random.

    python racing.py FOLDER ROUNDS SEED [--defenseless]

Rows are made up in a moment, so that it is files that take the time. Ends with 1 and what went wrong, if a
file ever is neither the one nor the other sweep's, or a process ends in another way than it may.
"""

import errno
import fcntl
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np

from eqsolve import InputError, Params
from eqsolve.sweeps import engine, work
from eqsolve.sweeps.design import Axis, make_design
from eqsolve.sweeps.journal import Shard
from eqsolve.sweeps.question import Question
from eqsolve.sweeps.records import record_type

SCALES = tuple(np.linspace(0.3, 0.9, 16).tolist())
SHARDS = (Shard(1, 2), Shard(2, 2))
REFUSALS = (
    "is working on it", "exists", "holds the rows", "another sweep", "in none of these shards",
    "not of the sweep of", "not the manifest of a sweep", "chunk",
)  # fmt: skip
"""What a process may say that ends with 2 where files can be locked."""


def make_up(base, keys, points, *question):
    """Rows that tell which game they are of, after a moment."""
    time.sleep(random.random() * 0.004)
    rows = np.zeros(len(points), record_type([each.name for each in base.users.segments]))
    rows["profit"] = base.platform.revenue * 1000 + points[:, 0]
    return rows


def question(revenue):
    game = Params().replace({"platform.revenue": revenue})
    return Question(make_design(game, [Axis("users.transaction_cost.scale", SCALES)]), ("none",))


def act(rng, asked, output):
    """What one process does."""
    from eqsolve_cli import sweep
    from eqsolve_cli.drawing import LabeledFigure
    from eqsolve_cli.sweep_options import Outputs, Work
    from eqsolve_cli.sweep_run import Run

    mode = rng.choice(["start", "force", "force", "resume"])
    force = mode == "force"
    kind = rng.choice(["whole", "whole", "whole", "shard", "merge"])
    if kind == "merge":
        folders = [Path(f"{output}.shard-{each.number}-of-2") for each in SHARDS]
        sweep.merge(folders, output, LabeledFigure(), force)
    else:
        shard = rng.choice(SHARDS) if kind == "shard" else Shard()
        Run(Outputs(output=output, force=force), Work(resume=mode == "resume"), shard).execute(asked)


def start(seed, asked, output, log, lockless, delay):
    """Start a process; its number."""
    if process := os.fork():
        return process
    code = 70
    try:
        sys.stderr = open(log, "w")  # noqa: SIM115
        time.sleep(delay)
        random.seed(seed)
        if lockless:
            fcntl.flock = refuse
        code = ending(lambda: act(random.Random(seed), asked, output))
    finally:
        sys.stderr.flush()
        os._exit(code)


def refuse(descriptor, how):
    raise OSError(errno.ENOSYS, "Function not implemented")


def ending(action):
    """The exit code of an action, as the command has it."""
    import typer

    from eqsolve_cli import trouble

    try:
        action()
    except typer.Exit as end:
        return end.exit_code
    except Exception as error:
        trouble.say(error)
        return 2 if isinstance(error, InputError | OSError) else 70
    return 0


def race(folder, seed, lockless, right):
    """One round; what went wrong, in words."""
    rng, output = random.Random(seed), folder / "out.csv"
    processes = {}
    for number in range(rng.randint(3, 6)):
        log = folder.parent / f"log-{number}"
        log.write_text("")
        asked = rng.choice(list(right))
        delay = rng.random() * 0.15
        processes[start(rng.random(), question(asked), output, log, lockless, delay)] = log
    doomed = {each: rng.random() * 0.25 for each in processes if rng.random() < 0.4}
    began, wrong = time.monotonic(), []
    while processes:
        for each in [each for each, at in doomed.items() if time.monotonic() - began > at]:
            os.kill(each, signal.SIGKILL)
            del doomed[each]
        if output.exists() and output.read_bytes() not in right.values():
            wrong.append("a file that is of neither sweep")
        process, status = os.waitpid(-1, os.WNOHANG)
        if process:
            wrong += judged(processes.pop(process), os.waitstatus_to_exitcode(status), lockless)
            doomed.pop(process, None)
        time.sleep(0.001)
    return wrong


def judged(log, code, lockless):
    """What is wrong with how a process ended."""
    words = log.read_text()
    refused = code == 2 and (lockless or any(each in words for each in REFUSALS))
    if code in (0, -signal.SIGKILL) or refused:
        return []
    return [f"exit code {code}: {words}"]


def aftermath(folder, right):
    """A sweep with --force, after all that, does its work and leaves its file alone."""
    for left in folder.glob("out.csv.shard-*-of-2"):
        shutil.rmtree(left)
    from eqsolve_cli.sweep_options import Outputs, Work
    from eqsolve_cli.sweep_run import Run

    run = Run(Outputs(output=folder / "out.csv", force=True), Work(), Shard())
    code = ending(lambda: run.execute(question(0.5)))
    names = sorted(path.name for path in folder.iterdir() if ".shard-" not in path.name)
    if code or (folder / "out.csv").read_bytes() != right[0.5] or names != ["out.csv"]:
        return [f"the sweep afterwards: exit code {code}, {names}"]
    return []


def drop_defenses():
    """Do without locks and seals, to see that the race finds what they are for."""
    from eqsolve.sweeps import files, journal

    class NoLock:
        held = True

        def release(self):
            pass

    files.lock_folder = journal.lock_folder = lambda folder: NoLock()
    journal.Journal._seal = lambda self, chunk, rows: bytes(journal.SEAL)


def main():
    place, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    engine.CHUNK = engine.SMALL_CHUNK = 2
    defenseless = "--defenseless" in sys.argv
    if defenseless:
        drop_defenses()
    work.solve_points = make_up
    sys.stderr = open(place / "words", "w")  # noqa: SIM115
    right = {}
    for revenue in (0.5, 2.0):
        folder = place / f"right-{revenue}"
        folder.mkdir()
        from eqsolve.sweeps.files import close, open_journal, publish
        from eqsolve.sweeps.journal import Journal

        output = folder / "out.csv"
        journal = open_journal(question(revenue), output, Journal.beside(output), resume=False, force=False)
        work.complete(journal, work.Engine())
        publish(journal, output)
        close(journal)
        right[revenue] = output.read_bytes()
    for number in range(rounds):
        folder = place / f"round-{number}"
        folder.mkdir()
        lockless = defenseless or number % 4 == 3
        wrong = race(folder, seed + number, lockless, right)
        if not (wrong or defenseless):
            wrong = aftermath(folder, right)
        if wrong:
            print(f"round {number}, seed {seed + number}:", *wrong, sep="\n")
            sys.exit(1)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()

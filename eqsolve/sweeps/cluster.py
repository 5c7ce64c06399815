"""Dask clusters as an engine, through the executor that their client gives (the extra `distributed`)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from eqsolve.errors import InputError
from eqsolve.extras import missing
from eqsolve.sweeps.work import Engine

CONNECT = 10.0
"""Seconds in which a scheduler has to answer."""


@contextmanager
def dask_engine(scheduler: str) -> Iterator[Engine]:
    """Give the workers of a Dask cluster, on which eqsolve must be installed in the same version.

    What a worker that dies had in hand, the scheduler gives to others.

    Raises:
        InputError: distributed is missing, no scheduler answers within CONNECT seconds, or it has no workers.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise missing("Dask needs", "distributed", "distributed") from None

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(scheduler, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{scheduler}: no Dask scheduler answers there: {error}") from None
    with client:
        threads: dict[str, Any] = client.nthreads()
        if not threads:
            raise InputError(f"{scheduler}: this Dask scheduler has no workers")
        executor: Executor = client.get_executor(pure=False)
        try:
            yield Engine(executor, sum(threads.values()))
        finally:
            executor.shutdown(wait=False)

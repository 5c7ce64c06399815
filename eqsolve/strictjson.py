"""Strict JSON: null for what is not finite, and numbers that read back to the same double."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np


def strict(value: Any) -> Any:
    """Return `value` as plain JSON values; numbers that are not finite become None."""
    if isinstance(value, Mapping):
        return {key: strict(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(each) for each in value]
    if isinstance(value, np.ndarray | np.generic):
        return strict(value.tolist())
    if isinstance(value, Enum):
        return value.value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_json(value: Any) -> str:
    """Return `value` as strict JSON text."""
    return json.dumps(strict(value), indent=2, allow_nan=False, ensure_ascii=False)

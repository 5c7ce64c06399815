"""What results, sweeps and comparisons call their quantities."""

from __future__ import annotations

from eqsolve.params.file import RESULT_SCHEMA

SCHEMA = RESULT_SCHEMA
"""Name and version of the JSON layout."""


RESULT_SCHEMA_FILE = "result.schema.json"
"""What the JSON Schema of results (`eqsolve schema --of result`) is called beside them."""


QUANTITIES = (
    "quality", "intensity", "participation", "feedback_quality", "profit", "revenue", "training_cost",
    "finetuning_cost", "user_surplus", "welfare", "mean", "variance", "entropy", "kl",
)  # fmt: skip
"""Names of the quantities that every result, sweep and comparison shares."""


BY_SEGMENT = ("participation", "user_surplus", "quality")
"""Names of the quantities that are reported for every segment."""


EVIDENCE = (
    "residual", "regret_intensity", "regret_quality", "payoff_scale", "accounting", "accuracy",
    "runner_up_gap", "runner_up_quality", "runner_up_intensity", "equilibria_found", "spectral_radius",
)  # fmt: skip


MAXIMA = ("smooth", "kink", "jump", "bound", "fixed")
"""What the maximum over quality may be."""

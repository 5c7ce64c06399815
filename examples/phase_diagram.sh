#!/usr/bin/env bash
# Where the platform of paper.toml fine-tunes, over users' transaction cost C and the fixed cost F, and what
# this does to outputs, profit and users. 10,000 games: those that differ only in F share most of the work.
set -euo pipefail
game="$(dirname "$0")/paper.toml"
eqsolve sweep "$game" --vary users.transaction_cost.scale=0.05:1:100 \
    --vary finetuning.cost=0:0.15:100 --output phase_diagram.nc --plot phase_diagram.png "$@"
# One panel of it, as a figure for print:
eqsolve plot phase_diagram.nc --x users.transaction_cost.scale --y finetuning.cost --z intensity \
    --output phase_diagram.pdf

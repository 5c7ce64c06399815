#!/usr/bin/env bash
# How the game of paper.toml changes with users' transaction cost C, with and without fine-tuning.
# Look at the second line: the platform starts to fine-tune where users face a large C, and from there on
# trains a worse model. The line breaks there, since another equilibrium takes over.
set -euo pipefail
game="$(dirname "$0")/paper.toml"
eqsolve sweep "$game" --vary users.transaction_cost.scale=0.05:1:96 \
    --regime none --regime endogenous \
    --output sweep_transaction_cost.csv --plot sweep_transaction_cost.png "$@"

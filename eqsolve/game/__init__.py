"""The three stages of the game, played backwards: participation, fine-tuning, quality."""

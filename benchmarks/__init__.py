"""Speed as ratios: against a peer, or against the raw floor measured in the same run."""

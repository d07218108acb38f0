"""Python imports this at start-up wherever PYTHONPATH leads here: processes started by tests are guarded too."""

import live_guard

live_guard.install()

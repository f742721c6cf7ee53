"""Prefect and nothing else: which work, when, in what batches. What the work is stands in transforms."""

import os

# Before Prefect is imported. A user's own setting stands.
os.environ.setdefault("DO_NOT_TRACK", "1")  # else Prefect phones home, and says so in an ERROR line where there is no network
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "90")  # a cold start on a busy machine overruns the default 20
os.environ.setdefault("PREFECT_API_BLOCKS_REGISTER_ON_START", "false")  # a second of every start, for what no flow here uses
os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")  # our lines outside of a run go to the terminal alone

"""Prefect's server: the temporary one, which must not outlive us, and one of the user's own, which must be there."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from typing import Any


def tie_temporary_server() -> None:
    """Have the temporary server end when this process ends, however it ends: Prefect leaves it running after a `kill -9`.

    A shell waits at the end of a pipe that the kernel closes with us. Where there is no such shell the server is left to Prefect.
    Where the user has a server no temporary one starts, and its code, two seconds of work, is not loaded.
    """
    if _url():
        return
    from prefect.server.api.server import SubprocessASGIServer

    start = SubprocessASGIServer._run_uvicorn_command

    def start_tied(self: SubprocessASGIServer) -> subprocess.Popen[Any]:
        server = start(self)
        waiting = ["/bin/sh", "-c", 'read -r _; kill "$0" 2>/dev/null', str(server.pid)]
        with suppress(OSError):
            server.tied = subprocess.Popen(waiting, stdin=subprocess.PIPE, start_new_session=True)  # type: ignore[attr-defined]
        return server

    SubprocessASGIServer._run_uvicorn_command = start_tied  # type: ignore[method-assign]


def missing_server() -> str | None:
    """Why no server of the user's own can be used, with the remedy; null where one answers."""
    from prefect.client.orchestration import get_client

    url = _url()
    remedy = "start one (prefect server start) and name it: export PREFECT_API_URL=http://127.0.0.1:4200/api"
    if not url:
        return f"a schedule needs a Prefect server; {remedy}"
    with get_client(sync_client=True) as client:
        problem = client.api_healthcheck()
    return f"no Prefect server answers at {url} ({problem!r}); {remedy}" if problem else None


def _url() -> str | None:
    """Where the user's own server is; null where Prefect would start a temporary one."""
    from prefect.settings import get_current_settings

    return get_current_settings().api.url

"""Executors by name: this machine, or a running Dask cluster."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


class ExecutorError(Exception):
    """The executor that was asked for is not to be had."""


@contextmanager
def open_executor(
    kind: str, scheduler: str | None = None, *, connect_within: float = 15.0
) -> Iterator[Executor]:
    """Open an executor and close it again.

    Args:
        kind: ``"local"`` (a process a core) or ``"dask"``.
        scheduler: address of the Dask scheduler, such as ``tcp://10.0.0.1:8786``.
        connect_within: seconds to wait for the scheduler.

    Raises:
        ExecutorError: when Dask is not installed, no address was given, or nothing answers there.
    """
    if kind == "local":
        with ProcessPoolExecutor(os.cpu_count() or 1) as processes:
            yield processes
        return
    if kind != "dask":
        raise ExecutorError(f"there is no executor {kind!r}: use local or dask")
    if not scheduler:
        raise ExecutorError("the executor dask needs the address of a scheduler: --scheduler tcp://HOST:PORT")
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise ExecutorError(f"{error.name} is not installed: pip install 'carta[cluster]'") from error
    connect: Any = distributed.Client
    try:
        client = connect(scheduler, timeout=connect_within, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ExecutorError(
            f"no Dask scheduler answers at {scheduler}: {error or type(error).__name__}"
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ExecutorError(
                f"the Dask scheduler at {scheduler} has no workers: start some with 'dask worker {scheduler}'"
            )
        yield _lossless(client)


def _lossless(client: Any) -> Executor:
    """Return the client's executor, whose tasks outlive a worker that dies while its result is fetched.

    That of ``distributed`` fetches a result and then asks for the task's state. When the worker that held the
    result dies in between, the task is pending again, and the result it has is taken for an error.
    """
    from concurrent.futures import Future

    def wrap(task: Any) -> Future[Any]:
        wrapped: Future[Any] = Future()

        def cancel(done: Future[Any]) -> None:
            if done.cancelled():
                task.cancel()

        async def follow() -> None:
            try:
                # It waits until the task is done or has failed, however often it is computed anew.
                result = await task._result()
            except asyncio.CancelledError:
                wrapped.cancel()
                wrapped.set_running_or_notify_cancel()
            except BaseException as error:  # noqa: BLE001  handed to whoever asks for the result
                if not wrapped.cancelled():
                    wrapped.set_exception(error)
            else:
                if not wrapped.cancelled():
                    wrapped.set_result(result)

        wrapped.add_done_callback(cancel)
        client.loop.add_callback(follow)
        return wrapped

    executor: Executor = client.get_executor()
    vars(executor)["_wrap_future"] = wrap
    return executor

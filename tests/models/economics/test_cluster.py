"""A real Dask scheduler with two worker processes, one of which is killed during the run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from carta.cli import main
from carta.models.economics import read_model
from carta.models.economics.probabilistic import run_probabilistic
from carta.models.executors import ExecutorError, open_executor

pytest.importorskip("distributed", reason="install carta[cluster]")

MODEL = Path(__file__).parent / "published" / "hip.yaml"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of one thread, each a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    package = Path(__file__).resolve().parents[3] / "src"
    environment = {**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    # Without a nanny nobody starts a killed worker again.
    workers = [
        start(
            "dask_worker",
            address,
            "--no-nanny",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--local-directory",
            str(tmp_path),
        )
        for _ in range(2)
    ]
    try:
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, timeout=60, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(count, timeout=60)


def test_a_killed_worker_loses_nothing(cluster: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    address, workers = cluster
    wait_for_workers(address, 2)
    model, source = read_model(MODEL)
    uncertain = model.parameters["c_revision"].model_copy(update={"distribution": _gamma(5294, 1487)})
    model = model.model_copy(update={"parameters": {**model.parameters, "c_revision": uncertain}})
    expected = run_probabilistic(model, 20_000, seed=4, source=source)
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if not killed and done >= 2:
            killed.append(done)
            os.kill(workers[0].pid, signal.SIGKILL)
            workers[0].wait()

    with open_executor("dask", address, connect_within=60) as executor:
        found = run_probabilistic(
            model, 20_000, seed=4, executor=executor, block=200, progress=kill_one, source=source
        )
    assert killed and killed[0] < 90, "the worker was to be killed during the run"
    assert workers[0].poll() is not None and workers[1].poll() is None
    assert found.cost.tolist() == expected.cost.tolist()
    assert found.effect.tolist() == expected.effect.tolist()


def _gamma(mean: float, se: float) -> object:
    from carta.models.economics.description import Distribution

    return Distribution.model_validate({"gamma": {"mean": mean, "se": se}})


def test_the_command_on_a_cluster_prints_the_numbers_of_one_machine(
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
) -> None:
    address, _ = cluster
    wait_for_workers(address, 2)
    arguments = ["simulate", "economics", "--model", str(MODEL), "--n", "700", "--format", "csv", "--quiet"]
    local = CliRunner().invoke(main, arguments)
    remote = CliRunner().invoke(main, [*arguments, "--executor", "dask", "--scheduler", address])
    assert remote.exit_code == 0, remote.output
    assert remote.output == local.output


def test_no_scheduler_is_one_clear_message() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        pytest.raises(ExecutorError, match=f"no Dask scheduler answers at tcp://127.0.0.1:{port}"),
        open_executor("dask", f"tcp://127.0.0.1:{port}", connect_within=2),
    ):
        pass
    arguments = ["simulate", "economics", "--model", str(MODEL), "--executor", "dask"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "needs the address of a scheduler" in result.output

"""Load on one address: wrk where it is installed, else a small client of our own."""

import http.client
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

CONNECTIONS = 8
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: requests a second, latencies in milliseconds, answers outside 2xx and 3xx."""

    rate: float
    p50: float
    p99: float
    errors: int


def run(
    url: str, headers: Mapping[str, str], seconds: float, connections: int = CONNECTIONS
) -> Sample:
    """Loads `url` (on this machine) with so many connections for `seconds`."""
    if shutil.which("wrk"):
        return _wrk(url, headers, seconds, connections)
    return _own(url, headers, seconds, connections)


def _wrk(url: str, headers: Mapping[str, str], seconds: float, connections: int) -> Sample:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if rate is None:
        raise RuntimeError(f"wrk said nothing of its rate:\n{out}")
    return Sample(
        float(rate[1]), _latency(out, "50%"), _latency(out, "99%"), int(failed[1]) if failed else 0
    )


def _latency(out: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s|m)\b", out)
    if found is None:
        raise RuntimeError(f"wrk said nothing of {share}:\n{out}")
    return float(found[1]) * _UNITS[found[2]]


def _own(url: str, headers: Mapping[str, str], seconds: float, connections: int) -> Sample:
    host, path = url.removeprefix("http://").split("/", 1)
    times: list[float] = []
    errors = [0]
    stop = time.monotonic() + seconds

    def visit() -> None:
        connection = http.client.HTTPConnection(host, timeout=30)
        while time.monotonic() < stop:
            began = time.perf_counter()
            connection.request("GET", f"/{path}", headers=dict(headers))
            response = connection.getresponse()
            response.read()
            times.append((time.perf_counter() - began) * 1000)
            errors[0] += response.status >= 400
        connection.close()

    threads = [threading.Thread(target=visit) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    return Sample(
        len(times) / seconds, times[len(times) // 2], times[int(len(times) * 0.99)], errors[0]
    )

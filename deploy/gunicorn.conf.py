"""gunicorn's settings for Estconnect; `--bind` and WEB_CONCURRENCY are the operator's."""

import gc
import multiprocessing
import os

workers = int(os.environ.get("WEB_CONCURRENCY") or multiprocessing.cpu_count() * 2)
# Sync workers behind a proxy that buffers; threads only keep slow readers from stopping others.
threads = int(os.environ.get("WEB_THREADS") or 1)
preload_app = True
timeout = 30
graceful_timeout = 20
keepalive = 5
# A worker that leaks is replaced; the jitter keeps them from being replaced all at once.
max_requests = 10_000
max_requests_jitter = 1_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
accesslog = None
errorlog = "-"


def when_ready(server: object) -> None:
    """What was imported stays, shared by all workers: none looks through it for cycles again.

    A list makes tens of thousands of objects: at Python's own thresholds a tenth of its time went
    into looking for cycles among them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)

"""Detection in processes of its own, so that long texts never hold the event loop (or its interpreter lock).

    pool.WorkerPool       how many there are, who gets one next, what becomes of one that hangs, dies or grows
    process.Worker        one of them as this process sees it: start it, ask it, end it
    messages              what is said between the two
    worker.main           the other side: a loop that reads texts and answers with findings

`detector.PooledDetector` is a `Detector` on top: short texts and known ones never leave this process.

The texts go out as pickles; the answers come back as JSON, since a process that reads hostile text isn't to be unpickled.
A worker writes nothing anywhere: its standard streams are closed, it dumps no core, and of an error it tells type and place.
"""

from __future__ import annotations

from dlp.detect.workers.pool import WorkerPool, cores, parse_workers

__all__ = ["WorkerPool", "cores", "parse_workers"]

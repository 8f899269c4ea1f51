"""Text in, findings out. `build_detector` is the only thing the rest of the program needs from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlp.detect.base import Detector
    from dlp.detect.workers import WorkerPool
    from dlp.policy.model import DetectSettings

__all__ = ["build_detector"]


def build_detector(settings: DetectSettings, pool: WorkerPool | None = None) -> Detector:
    """The detector that a policy's `detect:` section asks for.

    Args:
        pool: Examines long texts; None to do everything in this process.

    Raises:
        PolicyError: a recognizer definition in the policy is wrong.
        ConfigurationError: the NER pipeline that the policy names is not installed; says how to install it.
    """
    from dlp.detect.detector import CoreDetector  # heavy: rule tables; only who detects pays for them

    if pool is not None:
        from dlp.detect.workers.detector import PooledDetector

        return PooledDetector(settings, pool)
    return CoreDetector(settings)

"""Wave files as the PBX plays them: 8 kHz, mono, 16 bit."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 8000
Samples = npt.NDArray[np.float64]


def read_wave(source: Path | bytes) -> tuple[Samples, int]:
    """Samples in -1.0 … 1.0 of a mono 16 bit wave file, and its rate in Hz.

    Raises:
        ValueError: another number of channels or another width.
    """
    opened: Any = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    with wave.open(opened, "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{source!r} is not mono 16 bit")
        frames = file.readframes(file.getnframes())
        return np.frombuffer(frames, dtype="<i2").astype(np.float64) / 32768, file.getframerate()


def resample(samples: Samples, rate: int, wanted: int = RATE) -> Samples:
    """The same sound at ``wanted`` Hz, band-limited: the spectrum is cut or padded."""
    if rate == wanted or len(samples) == 0:
        return samples
    length = round(len(samples) * wanted / rate)
    spectrum = np.fft.rfft(samples)
    fitted = np.zeros(length // 2 + 1, dtype=np.complex128)
    kept = min(len(fitted), len(spectrum))
    fitted[:kept] = spectrum[:kept]
    resampled: Samples = np.fft.irfft(fitted, length) * (length / len(samples))
    return resampled


def write_wave(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Write ``samples`` (clipped to -1.0 … 1.0) and put the file in place in one rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    with wave.open(str(fresh), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    fresh.replace(path)

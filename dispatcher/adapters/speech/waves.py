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


def read_any(path: Path) -> tuple[Samples, int]:
    """Samples in -1.0 … 1.0 of an uncompressed wave file of any rate, width and number of
    channels (which are mixed into one), and its rate in Hz.

    Raises:
        ValueError: it is no such file; says what to do.
    """
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError, OSError) as error:
        raise ValueError(f"is no uncompressed WAV file ({error}); save it as PCM WAV") from error
    frames = frames[: len(frames) // (width * channels) * (width * channels)]
    if not frames or rate <= 0:
        raise ValueError("holds no sound; record it again")
    mixed: Samples = _decoded(frames, width).reshape(-1, channels).mean(axis=1)
    return mixed, rate


def _decoded(frames: bytes, width: int) -> Samples:
    """Little-endian PCM: 8 bit is unsigned, everything wider is signed."""
    if width == 1:
        narrow: Samples = (np.frombuffer(frames, dtype=np.uint8).astype(np.float64) - 128) / 128
        return narrow
    if width == 3:
        thirds = np.frombuffer(frames, dtype=np.uint8).reshape(-1, 3).astype(np.int32)
        whole = (thirds[:, 0] | thirds[:, 1] << 8 | thirds[:, 2] << 16) << 8
        wide: Samples = whole.astype(np.float64) / 2**31
        return wide
    decoded: Samples = np.frombuffer(frames, dtype=f"<i{width}").astype(np.float64)
    decoded /= 2.0 ** (8 * width - 1)
    return decoded

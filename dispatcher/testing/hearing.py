"""Who hears whom: which tones a recording holds at which times, and where it is silent.

A window's spectrum is taken by a discrete Fourier transform (numpy); a tone is present where
its amplitude stands far above the spectrum beside it, so that speech and music are no tones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dispatcher.adapters.speech.waves import RATE, Samples

_WINDOW_MS = 100
_STEP_MS = 20
_FRAME_MS = 10
_AT_THE_END_MS = 300
_PACKET_MS = 20
_LOSSY_MS = 2000
_AMPLITUDE = 0.02
_ABOVE_VALLEYS = 8.0
_SILENCE = 0.01
_HEADER_BYTES = 44


@dataclass(frozen=True)
class Hearing:
    """What one party heard: samples at 8 kHz, the first of them at ``began_at`` (Unix ms)."""

    samples: Samples
    began_at: int

    @classmethod
    def of(cls, path: Path, began_at: int) -> Hearing:
        """Read a recording, also one that is still being written: ``.wav`` of 8 kHz, or
        ``.sln48``, which holds telephone sound at six times that rate."""
        header, every = (0, 6) if path.suffix == ".sln48" else (_HEADER_BYTES, 1)
        raw = path.read_bytes()[header:] if path.is_file() else b""
        pcm = np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2")[::every]
        return cls(pcm.astype(np.float64) / 32768, began_at)

    @property
    def ended_at(self) -> int:
        return self.began_at + round(len(self.samples) * 1000 / RATE)

    def tones(self, tones_hz: Iterable[float], began: int, ended: int) -> set[float]:
        """The tones heard through at least half of the time between two instants (Unix ms)."""
        heard: dict[float, int] = dict.fromkeys(tones_hz, 0)
        windows = 0
        for instant in range(began, ended - _WINDOW_MS + 1, _STEP_MS):
            windows += 1
            for hertz in self._present(instant, heard):
                heard[hertz] += 1
        return {hertz for hertz, times in heard.items() if times * 2 > windows > 0}

    def at_the_end(self, tones_hz: Iterable[float]) -> set[float]:
        """The tones heard in the last 300 ms."""
        return self.tones(tones_hz, self.ended_at - _AT_THE_END_MS, self.ended_at)

    def through_loss(self, tones_hz: Iterable[float]) -> set[float]:
        """The tones heard in a third of the packets (20 ms) of the last 2 s.

        For lines that lose packets: a gap in a longer window blurs its spectrum. It tells apart
        only tones that are 300 Hz from each other.
        """
        size = RATE * _PACKET_MS // 1000
        part = self._between(self.ended_at - _LOSSY_MS, self.ended_at)
        packets = part[: len(part) // size * size].reshape(-1, size)
        if len(packets) * _PACKET_MS < _LOSSY_MS // 2:
            return set()
        spectra = np.abs(np.fft.rfft(packets * np.hanning(size))) * 4 / size
        width = 1000 / _PACKET_MS
        shares = {hz: np.mean(spectra[:, round(hz / width)] > _AMPLITUDE) for hz in tones_hz}
        return {hz for hz, share in shares.items() if share * 3 > 1}

    def intervals(self, hertz: float, shortest_ms: int = 200) -> list[tuple[int, int]]:
        """From when to when (Unix ms) a tone is heard; shorter stretches are left out."""
        found: list[tuple[int, int]] = []
        began: int | None = None
        for instant in range(self.began_at, self.ended_at - _WINDOW_MS + 1, _STEP_MS):
            present = hertz in self._present(instant, (hertz,))
            if present and began is None:
                began = instant
            elif not present and began is not None:
                found.append((began, instant + _WINDOW_MS - _STEP_MS))
                began = None
        if began is not None:
            found.append((began, self.ended_at))
        return [pair for pair in found if pair[1] - pair[0] >= shortest_ms]

    def heard_parties(self, tones: dict[str, float], shortest_ms: int = 200) -> set[str]:
        """The parties (name → tone in Hz) heard at any time for at least ``shortest_ms``."""
        return {name for name, hertz in tones.items() if self.intervals(hertz, shortest_ms)}

    def longest_silence_ms(self, began: int, ended: int, own_hz: float = 0) -> int:
        """The longest silence between two instants (Unix ms), in frames of 10 ms.

        In a recording of both directions the party's own tone ``own_hz`` is taken out first:
        it keeps the recording's time where nothing arrives, and so makes such gaps visible.
        """
        size = RATE * _FRAME_MS // 1000
        part = self._between(began, ended)
        frames = part[: len(part) // size * size].reshape(-1, size)
        if own_hz:
            frames = frames - frames @ _projection(own_hz, size)
        longest = silent = 0
        for level in np.sqrt(np.mean(frames**2, axis=1)):
            silent = silent + 1 if level < _SILENCE else 0
            longest = max(longest, silent)
        return longest * _FRAME_MS

    def is_loud(self, began: int, ended: int) -> bool:
        """Whether anything was heard between two instants (Unix ms): speech, music or a tone."""
        part = self._between(began, ended)
        return bool(len(part)) and float(np.max(np.abs(part))) > _SILENCE

    def _present(self, instant: int, tones_hz: Iterable[float]) -> set[float]:
        part = self._between(instant, instant + _WINDOW_MS)
        if len(part) < RATE * _WINDOW_MS // 1000:
            return set()
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) * 4 / len(part)
        width = 1000 / _WINDOW_MS
        return {hertz for hertz in tones_hz if _stands_out(spectrum, hertz / width)}

    def _between(self, began: int, ended: int) -> Samples:
        start = max(0, (began - self.began_at) * RATE // 1000)
        return self.samples[start : max(start, (ended - self.began_at) * RATE // 1000)]


def _projection(hertz: float, size: int) -> Samples:
    """The matrix that maps a frame onto its part at ``hertz``, whatever the phase."""
    angles = 2 * np.pi * hertz * np.arange(size) / RATE
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    projection: Samples = waves @ np.linalg.pinv(waves)
    return projection


def _stands_out(spectrum: Samples, position: float) -> bool:
    """Whether the spectrum has a lone peak at ``position`` (in bins of 10 Hz)."""
    middle = round(position)
    peak = float(spectrum[middle])
    if peak < _AMPLITUDE:
        return False
    # Other parties' tones stand 50 Hz apart at least, with a valley between.
    valleys = (spectrum[middle - 3 : middle - 1], spectrum[middle + 2 : middle + 4])
    return all(peak > _ABOVE_VALLEYS * float(valley.min()) for valley in valleys)

from __future__ import annotations

from pathlib import Path

import pytest

from dispatcher.adapters.speech import Speech, SpeechError
from dispatcher.adapters.speech.waves import read_wave

ENGINE = """#!/bin/sh
cat > "$TEXT"
for argument; do case "$before" in -w) cp "$SOUND" "$argument";; esac; before=$argument; done
"""


async def test_the_text_goes_in_written_out_and_8_khz_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    from dispatcher.adapters.speech.waves import write_wave

    write_wave(tmp_path / "raw.wav", np.sin(np.arange(22050) * 2 * np.pi * 440 / 22050), 22050)
    engine = tmp_path / "espeak-ng"
    engine.write_text(ENGINE)
    engine.chmod(0o755)
    monkeypatch.setenv("TEXT", str(tmp_path / "text"))
    speech = Speech((str(engine),), {"SOUND": str(tmp_path / "raw.wav")})
    await speech.speak("--请拨打110", tmp_path / "briefs" / "x.wav")
    samples, rate = read_wave(tmp_path / "briefs" / "x.wav")
    assert (rate, len(samples)) == (8000, 8000)
    assert (tmp_path / "text").read_text() == "--请拨打幺幺零"


@pytest.mark.parametrize(
    ("command", "reason"),
    [((), "pbx fetch"), (("/nowhere/espeak-ng",), "did not speak"), (("/bin/false",), "failed")],
)
async def test_what_failed_is_told(tmp_path: Path, command: tuple[str, ...], reason: str) -> None:
    with pytest.raises(SpeechError, match=reason):
        await Speech(command).speak("你好", tmp_path / "x.wav")
    assert not (tmp_path / "x.wav").exists()

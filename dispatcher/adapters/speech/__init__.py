"""Speech: a Chinese text becomes a sound file that a telephone can play."""

from dispatcher.adapters.speech.espeak import Speech, SpeechError
from dispatcher.adapters.speech.normal import spoken

__all__ = ["Speech", "SpeechError", "spoken"]

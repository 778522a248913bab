"""Talking to an OpenAI-compatible endpoint that a stranger named."""

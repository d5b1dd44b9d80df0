"""Asks a language model about recaps, where the configuration names one; `client` alone imports openai."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which model is asked, and where."""

    address: str
    """Of any service that speaks OpenAI's protocol, such as http://localhost:11434/v1."""
    model: str
    key: str | None = field(default=None, repr=False)
    seconds: float = 60.0
    """How long one request may take, however often it is tried."""

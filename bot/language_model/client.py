"""One question to a service that speaks OpenAI's protocol, one answer; whatever it does, within limits.

Rule: nothing goes anywhere but to the address configured, and of what the client takes from the environment only the
proxy counts. What a service says of an error is not told: it may hold part of the key.
"""

import asyncio
import json
from types import TracebackType
from typing import Any

from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, DefaultAsyncHttpxClient, Omit

from bot.language_model import Endpoint

LONGEST = 1_000_000
"""Bytes of an answer; a useful one has some thousand."""
RETRIES = 1
"""After a refusal for now (429, 5xx) or a lost connection; the client waits as long as the service says."""


class NoAnswer(Exception):
    """There is no answer; the text says why, in a few words."""


class Client:
    """`async with Client(endpoint) as client: await client.ask(instructions, text)`."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Nothing is connected before the first question."""
        self._endpoint = endpoint
        # A redirect would take the text, and perhaps the key, to an address that nobody configured.
        http = DefaultAsyncHttpxClient(follow_redirects=False, event_hooks={"response": [_without_page]})
        self._client = AsyncOpenAI(
            api_key=endpoint.key or "none",
            base_url=endpoint.address,
            timeout=endpoint.seconds,
            max_retries=RETRIES,
            http_client=http,
        )

    async def ask(self, instructions: str, text: str) -> str:
        """What the model answers. Raises NoAnswer."""
        seconds = self._endpoint.seconds
        try:
            async with asyncio.timeout(seconds):  # the client's own counts from byte to byte
                body = await self._post(instructions, text)
        except (TimeoutError, APITimeoutError):
            raise NoAnswer(f"no answer within {seconds:g} s") from None
        except APIStatusError as error:
            raise NoAnswer(f"the service answered with status {error.status_code}") from None
        except APIConnectionError as error:
            raise NoAnswer(f"no connection ({type(error.__cause__ or error).__name__})") from None
        except NoAnswer:
            raise
        except Exception as error:  # what three libraries raise on a broken answer is not ours to list
            raise NoAnswer(f"the answer broke off ({type(error).__name__})") from None
        return _content(body)

    async def _post(self, instructions: str, text: str) -> bytes:
        authorization = f"Bearer {self._endpoint.key}" if self._endpoint.key else Omit()
        body = bytearray()
        async with self._client.chat.completions.with_streaming_response.create(
            model=self._endpoint.model,
            messages=[{"role": "system", "content": instructions}, {"role": "user", "content": text}],
            response_format={"type": "json_object"},
            extra_headers={"Authorization": authorization, "OpenAI-Organization": Omit(), "OpenAI-Project": Omit()},
        ) as response:
            async for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LONGEST:
                    raise NoAnswer("the answer is too long")
        return bytes(body)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()


async def _without_page(response: Any) -> None:
    """Leave the page of an error unread: it may be anything, of any length."""
    if not response.is_success:
        await response.aclose()


def _content(body: bytes) -> str:
    """The words of the model in the service's answer."""
    try:
        content = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, RecursionError, LookupError, TypeError):
        content = None
    if not isinstance(content, str):
        raise NoAnswer("the service's answer is not of OpenAI's shape")
    return content

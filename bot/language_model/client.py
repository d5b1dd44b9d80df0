"""One question to a service that speaks OpenAI's protocol, one answer; whatever it does, within limits.

Rule: nothing goes anywhere but to the address configured, under the key configured; left to itself, the client takes
both from the environment. What a service says of an error is not told: it may hold part of the key.
"""

import asyncio
import json
from typing import Any

from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, DefaultAsyncHttpxClient, Omit

from bot.language_model import Endpoint

LONGEST = 1_000_000
"""Bytes of an answer; a useful one has some thousand."""
RETRIES = 1
"""After a refusal for now (429, 5xx) or a lost connection; the client waits as long as the service says."""


class NoAnswer(Exception):
    """There is no answer; the text says why, in a few words."""


def ask(endpoint: Endpoint, instructions: str, text: str) -> str:
    """What the model answers. Blocks, for no longer than the endpoint's seconds. Raises NoAnswer."""
    try:
        client = _client(endpoint)
    except Exception as error:  # of an address, proxy or certificates that it can make nothing of
        raise NoAnswer(f"nothing can be asked there ({type(error).__name__})") from None
    return _content(asyncio.run(_body(client, endpoint, instructions, text)))


def _client(endpoint: Endpoint) -> AsyncOpenAI:
    # A redirect would take the text, and perhaps the key, to an address that nobody configured.
    http = DefaultAsyncHttpxClient(follow_redirects=False, event_hooks={"response": [_without_page]})
    return AsyncOpenAI(
        api_key=endpoint.key or "none",
        base_url=endpoint.address,
        timeout=endpoint.seconds,
        max_retries=RETRIES,
        http_client=http,
    )


async def _body(client: AsyncOpenAI, endpoint: Endpoint, instructions: str, text: str) -> bytes:
    """The service's answer, as it came. Raises NoAnswer."""
    try:
        async with asyncio.timeout(endpoint.seconds), client:  # the client's own counts from byte to byte
            return await _post(client, endpoint, instructions, text)
    except (TimeoutError, APITimeoutError):
        raise NoAnswer(f"no answer within {endpoint.seconds:g} s") from None
    except APIStatusError as error:
        raise NoAnswer(f"the service answered with status {error.status_code}") from None
    except APIConnectionError as error:
        raise NoAnswer(f"no connection ({type(error.__cause__ or error).__name__})") from None
    except NoAnswer:
        raise
    except Exception as error:  # what three libraries raise on a broken answer is not ours to list
        raise NoAnswer(f"the answer broke off ({type(error).__name__})") from None


async def _post(client: AsyncOpenAI, endpoint: Endpoint, instructions: str, text: str) -> bytes:
    authorization = f"Bearer {endpoint.key}" if endpoint.key else Omit()
    body = bytearray()
    async with client.chat.completions.with_streaming_response.create(
        model=endpoint.model,
        messages=[{"role": "system", "content": instructions}, {"role": "user", "content": text}],
        response_format={"type": "json_object"},
        extra_headers={"Authorization": authorization, "OpenAI-Organization": Omit(), "OpenAI-Project": Omit()},
    ) as response:
        async for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LONGEST:
                raise NoAnswer("the answer is too long")
    return bytes(body)


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

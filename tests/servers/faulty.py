"""A reverse proxy before a homeserver that answers as no real one can be made to: pages of other servers, bodies that
are cut, connections that end. With a certificate it is what most homeservers stand behind: it ends TLS."""

import ssl
from collections import Counter
from collections.abc import Callable
from types import TracebackType

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.servers.certificate import Certificate
from tests.servers.process import HOST, free_port

Fault = Callable[[web.Request], web.Response | bytes | int | None]
"""What becomes of a request: an answer, bytes (a body with status 200), a status with a page of HTML, 0 (the connection
ends without an answer), -1 (the answer is cut in the middle), or None: it is passed on."""

Change = Callable[[web.Request, bytes], bytes]
"""What becomes of the body of an answer that is passed on."""

PAGE = "<html><h1>Bad Gateway</h1></html>"


class Faulty:
    """`async with Faulty(server.url) as proxy: proxy.url; proxy.fault = …`."""

    def __init__(self, behind: str, certificate: Certificate | None = None) -> None:
        self.behind = behind
        self.port = free_port()
        self.url = f"{'https' if certificate else 'http'}://{HOST}:{self.port}"
        self._tls: ssl.SSLContext | None = None
        if certificate:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate.certificate, certificate.key)
        self.fault: Fault = lambda request: None
        self.change: Change = lambda request, body: body
        self.seen: Counter[str] = Counter()
        """Requests, by the last word of their path that is no id."""

    async def __aenter__(self) -> "Faulty":
        self._session = ClientSession(timeout=ClientTimeout(total=120))
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port, ssl_context=self._tls).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        for word in ("sync", "send", "login", "messages", "keys", "join", "createRoom"):
            self.seen[word] += f"/{word}" in request.path
        self.seen["all"] += 1
        fault = self.fault(request)
        if isinstance(fault, web.Response):
            return fault
        if isinstance(fault, bytes):
            return web.Response(body=fault, content_type="application/json")
        if fault == 0:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault is not None and fault > 0:
            return web.Response(status=fault, text=PAGE, content_type="text/html")
        try:
            return await self._pass_on(request, cut=fault == -1)
        except ClientError:  # nothing is behind it, or not any more
            return web.Response(status=502, text=PAGE, content_type="text/html")

    async def _pass_on(self, request: web.Request, *, cut: bool) -> web.StreamResponse:
        headers = {key: value for key, value in request.headers.items() if key in ("Authorization", "Content-Type")}
        async with self._session.request(
            request.method, self.behind + request.raw_path, data=await request.read(), headers=headers
        ) as answer:
            body = self.change(request, await answer.read())
            if cut:
                response = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(body))})
                await response.prepare(request)
                await response.write(body[: len(body) // 2])
                assert request.transport is not None
                request.transport.abort()
                return response
            return web.Response(status=answer.status, body=body, content_type=answer.content_type)

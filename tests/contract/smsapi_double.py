"""A double of SMSAPI's HTTP interface, written after its documentation and its client's fixtures.

It keeps what it takes, knows each `idx` that was sent with `check_idx=1`, and can be told to misbehave:
`script` is a list of what the next calls meet, an error number, (status, body, headers), or a rude one.
"""

import asyncio

from aiohttp import web

DROP = "drop"  # hangs up without an answer
HANG = "hang"  # never answers
TAKE_AND_DROP = "take and drop"  # the message is taken, the answer is not given
TOKEN = "t0ken-of-the-tests"


class SmsapiDouble:
    """`taken`: the form of each message that would have been sent."""

    def __init__(self, script=()):
        self.script = list(script)
        self.taken = []
        self.calls = []
        self._idx = set()
        self._leaving = asyncio.Event()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/sms.do", self._send)
        app.router.add_get("/profile", self._profile)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._leaving.set()
        await self._runner.cleanup()

    async def _profile(self, request):
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Authorization failed", "error": 101}, status=401)
        return web.json_response({"username": "shop@example.com", "points": 100.0})

    async def _send(self, request):
        form = dict(await request.post())
        self.calls.append(form)
        said = self.script.pop(0) if self.script else None
        if said == DROP:
            request.transport.abort()
            return web.Response()
        if said == HANG:
            await self._leaving.wait()
            return web.Response()
        if isinstance(said, tuple):
            return web.Response(status=said[0], text=said[1], headers=dict(*said[2:]))
        if said is not None and said != TAKE_AND_DROP:
            return _error(said)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(101)
        return self._take(request, form, drop=said == TAKE_AND_DROP)

    def _take(self, request, form, *, drop):
        if form.get("check_idx") == "1":
            if form["idx"] in self._idx:
                return _error(53)
            self._idx.add(form["idx"])
        self.taken.append(form)
        if drop:
            request.transport.abort()
            return web.Response()
        entry = {
            "id": f"6{len(self.taken):023d}",
            "points": 0.09,
            "number": form["to"],
            "date_sent": 1_772_000_000,
            "submitted_number": form["to"],
            "status": "QUEUE",
            "error": None,
            "idx": form.get("idx"),
            "parts": 1,
        }
        return web.json_response({"count": 1, "list": [entry]})


def _error(number):
    """Errors come with status 200, and quote the number that they complain of."""
    body = {
        "error": number,
        "message": f"No correct phone numbers (error {number})",
        "invalid_numbers": [{"number": "48600000000", "submitted_number": "48600000000", "message": "no"}],
    }
    return web.json_response(body)

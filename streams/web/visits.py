"""What every page of a customer's takes and gives by HTTP: forms and languages in, a closed page out."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from streams.domain.pages import Page

LARGEST = 20_000  # bytes of a form: the longest comment in any script, a letter of which may take nine
SECONDS = 15.0  # for a form to come in
MOST_LANGUAGES = 20
HEADERS = {
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


def drawn(page: Page, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Nothing runs on it, nothing comes from elsewhere but the brand's logo, nobody keeps it."""
    policy = (
        f"default-src 'none'; style-src {page.style}; img-src {page.images}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {**HEADERS, "Content-Security-Policy": policy, "Content-Language": page.locale}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "60"
    return web.Response(text=page.html, content_type="text/html", status=status, headers=headers)


async def form_of(request: web.Request) -> dict[str, str]:
    """Its fields. Raises HTTP's own errors: 413 for too large a form, 400 for no form, 408 for a slow one."""
    try:
        async with asyncio.timeout(SECONDS):
            posted = await request.clone(client_max_size=LARGEST).post()
        fields = {name: value for name, value in posted.items() if isinstance(value, str)}
        "".join(fields.values()).encode()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (LookupError, RuntimeError, ValueError) as error:  # a charset or an encoding that nobody knows
        raise web.HTTPBadRequest from error
    return fields


def languages_of(request: web.Request) -> tuple[str, ...]:
    """What a browser asks for, the most wanted first: `pl-PL, pl;q=0.9, en;q=0.5`."""
    header, wanted = request.headers.get("Accept-Language", ""), []
    for place, part in enumerate(header.split(",")[:MOST_LANGUAGES]):
        tag, _, weight = part.partition(";q=")
        try:
            wanted.append((-float(weight or 1), place, tag.strip()))
        except ValueError:
            continue
    return tuple(tag for _, _, tag in sorted(wanted) if tag and tag != "*")

"""What the gallery has while it is served: it reloads on save, lets data be changed, and sends."""

import html
from collections.abc import Sequence

from streams.domain.values import Value

RELOAD = """<script>
let seen;
setInterval(async () => {
  const now = await (await fetch("/changed")).text();
  if (seen && seen !== now) location.reload();
  seen = now;
}, 700);
</script>"""
_SEND = """<script>
const me = document.querySelector("#me");
me.to.value = sessionStorage.to || "";
me.addEventListener("submit", async (event) => {
  event.preventDefault();
  sessionStorage.to = me.to.value;
  const button = event.submitter, told = button.nextElementSibling;
  const body = new URLSearchParams(new FormData(me)), data = document.querySelector("#data");
  if (data) {  // what is sent is what is shown, and not what was shown before the last change
    data.form.requestSubmit();
    body.set("data", data.value);
  }
  button.disabled = true;
  told.textContent = "Sending …";
  try {
    const answer = await fetch(button.formAction, {method: "POST", body});
    told.className = answer.ok ? "sent" : "failed";
    told.textContent = await answer.text();
  } catch {
    told.className = "failed";
    told.textContent = "The preview does not answer: is it still running?";
  }
  button.disabled = false;
});
</script>"""
_STYLE = """<style>
#me { position: sticky; top: 0; padding: .6rem 0; background: Canvas; border-bottom: 1px solid #8886; }
#me input, #me select, button { font: inherit; }
.sent { color: light-dark(#1a6b3a, #7fd8a0); } .failed { color: light-dark(#a61b1b, #ff9d9d); }
</style>"""
_NOBODY = (
    "<p>Nothing can be sent from here: no provider is configured. Name one in the file that --config "
    "takes, or set ORDERHERALD_SMTP_URL.</p>"
)


class Live(Value, frozen=True):
    """The parts of a served gallery. `shops`: in whose name it may send; none where nothing can send.

    `key`: what a request to send must hold, so that no other page in the same browser can make one.
    """

    shops: Sequence[str] = ()
    key: str = ""

    @property
    def top(self) -> str:
        """Where an address or number is typed."""
        if not self.shops:
            return _NOBODY
        names = "".join(f"<option>{html.escape(shop)}</option>" for shop in self.shops)
        idle = "<button disabled hidden></button>"  # what Enter would press: it sends nothing
        return (
            f'{_STYLE}<form id="me" method="post">{idle}'
            f'<input type="hidden" name="key" value="{html.escape(self.key)}">'
            '<label>My address or number <input name="to" required size="28"></label> '
            f'<label>in the name of <select name="shop">{names}</select></label></form>'
        )

    @property
    def end(self) -> str:
        """The scripts."""
        return RELOAD + self.sending

    @property
    def sending(self) -> str:
        """The script behind the buttons."""
        return _SEND if self.shops else ""

    def more(self, name: str) -> str:
        """One message's further link."""
        return f', <a href="edit/{html.escape(name)}">data</a>'

    def button(self, name: str) -> str:
        """Sends one message, with its data as they were changed where the page has them."""
        if not self.shops:
            return ""
        return (
            f'<p><button form="me" formaction="/send/{html.escape(name)}">Send this to me</button> '
            '<output role="status"></output></p>'
        )

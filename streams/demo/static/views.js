// What is read: a mail, a short message, an order's story, a ticket, a dead letter, the figures.
import { button, clock, el, label, moment } from "./dom.js";

let goBack = () => {};
export function setBack(act) { goBack = act; }
const back = () => button("‹ Back", { class: "back" }, () => goBack());

const WHY = {
  preference: "the customer's preferences want none",
  consent: "the customer has not agreed to such messages",
  quiet_hours_expired: "it waited for the morning, and was then of no use",
  moot: "it stopped being true before it went out",
  withdrawn: "it stopped being true before it went out",
  cap: "enough messages for one day",
  stale_backfill: "it is no longer news",
  no_contact: "there is no address or number to send it to",
  duplicate: "it has been said already",
  superseded: "a newer message says it",
  not_useful: "it was of no use any more",
  disabled: "this kind is switched off",
  erased: "the customer asked to be forgotten",
  delivery_off: "delivery is switched off for this shop",
  not_allowed: "delivery is limited to chosen addresses",
};
export const why = (reason) => WHY[reason] ?? label(reason).toLowerCase();

export function strip(box, f) {
  const cells = [
    ["events a second", number(f.events_per_second)], ["mails", number(f.mails)], ["SMS", number(f.sms)],
    ["held back", number(total(f.held))], ["event to hand-over, median", seconds(f.p50)],
    ["99 in 100", seconds(f.p99)], ["dead letters", number(f.dead_letters)],
  ];
  if (box.children.length === cells.length) {
    cells.forEach(([, value], place) => {
      const dd = box.children[place].querySelector("dd");
      if (dd.textContent !== value) dd.textContent = value;
    });
  } else {
    box.replaceChildren(...cells.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  }
}

const total = (counts) => Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
function number(value) {
  if (value === null || value === undefined) return "–";
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}
function seconds(value) {
  if (value === null || value === undefined) return "–";
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
}

export function bubble(message, shop, openOrder) {
  const line = el("div", { class: "line" }, el("span", {}, `${shop} → ${message.to}`), el("time", {}, clock(message.at)));
  const foot = el("div", { class: "foot" }, label(message.kind), message.kind && message.order_id ? " · " : "");
  if (message.order_id) foot.append(button("why?", { class: "link" }, openOrder));
  return el("div", { class: "bubble" }, line, el("p", { lang: message.language || null }, message.preview), foot);
}

/** Shows the mail at once; what it returns adds why it was sent, once that is known. */
export function letterHead(pane, message, shop, openOrder) {
  const facts = el("div", { class: "facts" },
    el("span", {}, `${shop} → ${message.to}`), el("time", {}, clock(message.at)), message.kind ? el("span", {}, label(message.kind)) : "");
  const head = el("div", { class: "head" }, back(), el("h2", { lang: message.language || null }, message.subject), facts);
  const frame = el("iframe", { class: "mail", sandbox: "", src: `mail/${message.id}`, title: "The mail" });
  const switcher = el("div", { class: "switch" });
  const shown = (name) => [...switcher.children].forEach((one) => one.setAttribute("aria-pressed", String(one.textContent === name)));
  const swap = (node, name) => { pane.lastElementChild.replaceWith(node); shown(name); };
  switcher.append(
    button("As it looks", {}, () => swap(frame, "As it looks")),
    button("As text", {}, async () => swap(await source(message, "text"), "As text")),
    button("Headers", {}, async () => swap(await source(message, "headers"), "Headers")),
  );
  head.append(switcher);
  pane.replaceChildren(head, frame);
  shown("As it looks");
  return (order) => {
    const told = (order.timeline.messages ?? []).find((entry) => entry.notification_id === message.notification_id);
    head.querySelector(".why")?.remove();
    switcher.before(reasonLine(told, order, openOrder));
  };
}

function reasonLine(told, order, openOrder) {
  const link = button("See the order's timeline", { class: "link" }, () => openOrder(order.card.id));
  const text = told?.because?.length ? [el("b", {}, "Why: "), because(told, order.timeline), ". "] : [];
  return el("p", { class: "why" }, ...text, link);
}

async function source(message, part) {
  const answer = await fetch(`mail/${message.id}/source`);
  if (!answer.ok) return el("pre", { class: "source" }, await answer.text());
  const found = await answer.json();
  const text = part === "text" ? found.text : found.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
  return el("pre", { class: "source" }, text);
}

/** The events and timers behind a message, in words. */
function because(entry, timeline) {
  const byId = new Map((timeline.events ?? []).map((event) => [event.id, event]));
  const words = (entry.because ?? []).map((id) => {
    if (id.startsWith("timer:")) return `the timer “${label(id.slice(6)).toLowerCase()}” went off`;
    const event = byId.get(id);
    return event ? eventWords(event) : `event ${id}`;
  });
  return words.join(", ");
}

const EVENTS = {
  "order.placed": "the order was placed", "order.paid": "the order was paid", "order.payment_failed": "the payment failed",
  "order.changed": "the order was changed", "order.cancelled": "the order, or a part of it, was cancelled",
  "order.refunded": "money was paid back", "supplier.ordered": "a supplier was asked for the goods",
  "supplier.accepted": "the supplier agreed", "supplier.dispatched": "the supplier announced a parcel",
  "shipment.created": "the carrier knows of a parcel", "customer.preferences": "the customer's preferences changed",
};

function eventWords(event) {
  if (event.type === "shipment.status") return `the carrier says: ${label(event.status).toLowerCase()}`;
  return EVENTS[event.type] ?? label(event.type).toLowerCase();
}

export function orderStory(pane, { card, timeline, seller }, shop) {
  const chips = el("div", { class: "facts" }, el("span", {}, shop), el("span", { class: "chip" }, label(card.state)));
  for (const overlay of card.overlays ?? []) chips.append(el("span", { class: "chip warn" }, label(overlay)));
  const head = el("div", { class: "head" }, back(), el("h2", {}, `Order ${card.number ?? card.id}`), chips);
  if (card.story) head.append(el("p", { class: "why" }, el("b", {}, "The story: "), card.story, "."));
  head.append(el("p", { class: "facts" }, el("a", { class: "link", href: seller, target: "_blank", rel: "noopener" }, "Open the seller's page of this order")));
  const body = el("div", { class: "story" }, ...promise(timeline), ...parcels(timeline),
    el("h3", {}, "What happened, and what the customer was told"), trail(timeline));
  const kept = pane.scrollTop;
  pane.replaceChildren(head, body);
  pane.scrollTop = kept;
}

const span = (window) => [window?.earliest, window?.latest].filter(Boolean).map(moment).join(" to ");

function promise(timeline) {
  const rows = [["promised at checkout", span(timeline.first_promise)], ["last told", span(timeline.told)]].filter(([, value]) => value);
  if (!rows.length) return [];
  return [el("h3", {}, "Delivery"), el("ul", { class: "goods" }, ...rows.map(([name, value]) => el("li", {}, el("span", {}, label(name)), el("span", {}, value))))];
}

function parcels(timeline) {
  if (!timeline.parcels?.length) return [];
  return [el("h3", {}, "Parcels"), el("ul", { class: "goods" }, ...timeline.parcels.map((parcel) => el("li", {},
    el("span", {}, [parcel.carrier?.toUpperCase(), parcel.tracking_number].filter(Boolean).join(" ") || parcel.key),
    el("span", {}, label(parcel.state), parcel.expected ? `, expected ${span(parcel.expected)}` : ""))))];
}

function trail(timeline) {
  const events = (timeline.events ?? []).map((event) => ({ at: event.time, node: eventNode(event) }));
  const told = (timeline.messages ?? []).map((entry) => ({ at: entry.at, node: messageNode(entry, timeline) }));
  const all = [...events, ...told].sort((a, b) => new Date(a.at) - new Date(b.at));
  return el("ol", { class: "trail" }, ...all.map((step) => step.node));
}

function eventNode(event) {
  return el("li", {}, el("span", { class: "when" }, moment(event.time)), el("div", {}, label(eventWords(event)), event.copies > 1 ? ` (${event.copies} times)` : ""));
}

const STATUS = {
  sent: ["told", "told the customer"], suppressed: ["held", "held back"], withdrawn: ["held", "taken back"],
  failed: ["held", "could not be delivered"], in_doubt: ["held", "sent, perhaps"], open: ["waits", "waits to be sent"],
};

function messageNode(entry, timeline) {
  const [name, words] = STATUS[entry.status] ?? ["", label(entry.status)];
  const note = el("div", { class: "note" }, el("b", {}, label(entry.kind)), ` — ${words}`);
  const reason = entry.reason && entry.status !== "sent" ? el("small", {}, `Because ${why(entry.reason)}.`) : "";
  note.append(reason, el("small", {}, `Caused by ${because(entry, timeline)}.`));
  return el("li", { class: name }, el("span", { class: "when" }, moment(entry.at)), note);
}

export function ticketBody(pane, ticket, openOrder) {
  const head = el("div", { class: "head" }, back(), el("h2", {}, label(ticket.kind)),
    el("div", { class: "facts" }, el("span", {}, `opened ${moment(ticket.at)}`), el("span", {}, `to be done by ${moment(ticket.due_at)}`)));
  const body = el("div", { class: "story" }, el("p", {}, ticket.summary));
  if (ticket.told?.length) body.append(el("h3", {}, "What the customer has been told"), el("ul", {}, ...ticket.told.map((line) => el("li", {}, line))));
  if (ticket.order_id) body.append(el("h3", {}, "The order"), button("See its timeline", { class: "link" }, () => openOrder(ticket.order_id)));
  pane.replaceChildren(head, body);
}

export function deadBody(pane, letter) {
  const head = el("div", { class: "head" }, back(), el("h2", {}, label(letter.reason)),
    el("div", { class: "facts" }, el("span", {}, `set aside ${moment(letter.at)}`), letter.topic ? el("span", {}, `from ${letter.topic}`) : ""));
  const original = typeof letter.event === "string" ? letter.event : JSON.stringify(letter.event, null, 2);
  const body = el("div", { class: "story" }, el("p", {}, letter.detail), el("h3", {}, "The record as it came"), el("pre", { class: "source" }, original));
  pane.replaceChildren(head, body);
}

export function figuresBoard(box, f) {
  const tiles = el("dl", { class: "tiles" }, ...[
    ["events folded", number(f.events)], ["events a second", number(f.events_per_second)],
    ["mails", number(f.mails)], ["SMS", number(f.sms)], ["held back", number(total(f.held))],
    ["event to hand-over, median", seconds(f.p50)], ["event to hand-over, 99 in 100", seconds(f.p99)], ["dead letters", number(f.dead_letters)],
  ].map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  const board = el("div", { class: "board" }, tiles,
    el("h3", {}, "Messages told, by kind"), bars(f.sent, label), el("h3", {}, "Held back, and why"), bars(f.held, (reason) => label(why(reason)), "held"));
  const kept = box.scrollTop;
  box.replaceChildren(board);
  box.scrollTop = kept;
}

function bars(counts, words, name = "") {
  const rows = Object.entries(counts ?? {});
  if (!rows.length) return el("p", { class: "empty" }, "Nothing yet.");
  const most = Math.max(...rows.map(([, count]) => count));
  return el("ul", { class: `bars ${name}` }, ...rows.map(([key, count]) => {
    const bar = el("i");
    bar.style.width = `${Math.max(2, (100 * count) / most)}%`;
    return el("li", {}, el("span", {}, words(key)), el("span", { class: "track" }, bar), el("span", {}, number(count)));
  }));
}

// Shows what arrives: one stream of changes in, plain DOM out. Nothing here is ever parsed as HTML.
import { bubble, figuresBoard, letterHead, orderStory, setBack, strip, ticketBody, deadBody } from "./views.js";
import { clock, el, label, reconcile, show } from "./dom.js";

const state = {
  view: "mail", shop: "", open: null, shops: new Map(), figures: {}, notes: [],
  messages: new Map(), orders: new Map(), tickets: new Map(), dead: new Map(),
};
const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 761px)");
const narrowPhone = matchMedia("(max-width: 1140px)");
let planned = false;

const newestFirst = (map) => [...map.values()].reverse().filter((item) => !state.shop || item.shop === state.shop);
const mails = () => newestFirst(state.messages).filter((message) => message.channel === "email");
const texts = () => newestFirst(state.messages).filter((message) => message.channel === "sms");
const LISTS = {
  mail: mails,
  sms: texts,
  orders: () => newestFirst(state.orders),
  tickets: () => newestFirst(state.tickets),
  dead: () => [...state.dead.values()].reverse(),
};
const EMPTY = {
  mail: "The first mail comes within seconds.",
  sms: "No short message yet.",
  orders: "The first order comes within seconds.",
  tickets: "No ticket: nothing needs a person right now.",
  dead: "No dead letter: everything could be read and placed.",
};

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => { planned = false; render(); });
}

function shopOf(item) {
  return state.shops.get(item.shop) ?? { name: item.shop ?? "", colour: "" };
}

function tint(node, item) {
  const { colour } = shopOf(item);
  if (colour) node.style.setProperty("--shop", colour);
  return node;
}

function render() {
  document.body.dataset.view = state.view;
  for (const tab of document.querySelectorAll("[data-view]")) {
    if (tab.role === "tab") tab.setAttribute("aria-selected", String(tab.dataset.view === state.view));
  }
  $("list").setAttribute("aria-labelledby", `tab-${state.view}`);
  for (const [name, items] of Object.entries(LISTS)) {
    document.querySelector(`[data-count="${name}"]`).textContent = items().length || "";
  }
  strip($("strip"), state.figures);
  renderList();
  if (!narrowPhone.matches) reconcile($("bubbles"), texts().slice(0, 60), makeBubble);
}

function renderList() {
  const list = $("list");
  if (list.dataset.of !== state.view) list.replaceChildren();
  list.dataset.of = state.view;
  if (state.view === "figures") return figuresBoard(list, state.figures);
  const items = LISTS[state.view]();
  const make = state.view === "sms" ? makeBubble : makeCard;
  reconcile(list, items.slice(0, 200), make);
  show(list, items.length === 0 ? EMPTY[state.view] : "");
}

function makeBubble(message) {
  return tint(bubble(message, shopOf(message).name, () => openOrder(message.order_id)), message);
}

const CARD = {
  mail: (m) => [m.to, m.subject, m.preview, clock(m.at)],
  orders: (o) => [o.number ?? o.id, o.story ?? "An order", null, clock(o.updated)],
  tickets: (t) => [t.order_id ?? "", label(t.kind), t.summary, clock(t.at)],
  dead: (d) => [d.topic ?? "", label(d.reason), d.detail, clock(d.at)],
};

function makeCard(item) {
  const [who, title, text, when] = CARD[state.view](item);
  const view = state.view;
  const top = el("span", { class: "line" }, el("span", { class: "dot" }), el("span", { class: "name" }, who), el("time", {}, when));
  const card = el("button", { class: "card", type: "button" }, top, el("strong", {}, title));
  if (item.state) card.append(el("span", { class: "chip" }, label(item.state)));
  for (const overlay of item.overlays ?? []) card.append(" ", el("span", { class: "chip warn" }, label(overlay)));
  if (text) card.append(el("p", {}, text));
  card.addEventListener("click", () => open(view, item.id ?? item.ticket_id));
  if (isOpen(view, item)) card.setAttribute("aria-current", "true");
  return tint(card, item);
}

const isOpen = (view, item) => state.open?.view === view && state.open.id === (item.id ?? item.ticket_id);

function mark() {
  for (const card of $("list").children) {
    const current = state.open && state.open.view === state.view && card.dataset.key === String(state.open.id);
    if (current) card.setAttribute("aria-current", "true"); else card.removeAttribute("aria-current");
  }
}

async function open(view, id, { quiet = false } = {}) {
  state.open = { view, id };
  mark();
  const pane = $("pane");
  if (!quiet) document.body.classList.add("reading");
  if (view === "mail") await openMail(pane, state.messages.get(id));
  else if (view === "orders") await openOrder(id);
  else if (view === "tickets") ticketBody(pane, state.tickets.get(id), openOrder);
  else if (view === "dead") deadBody(pane, state.dead.get(id));
  if (!quiet) pane.querySelector(".back")?.focus({ preventScroll: true });
}

async function openMail(pane, message) {
  const addReason = letterHead(pane, message, shopOf(message).name, openOrder);
  tint(pane, message);
  const order = message.order_id ? await fetchOrder(message.order_id) : null;
  if (order && state.open?.id === message.id) addReason(order);
}

async function fetchOrder(id) {
  const answer = await fetch(`order/${encodeURIComponent(id)}`);
  return answer.ok ? answer.json() : null;
}

async function openOrder(id) {
  const order = id ? await fetchOrder(id) : null;
  if (!order) return toast("This order is no longer kept.");
  state.open = { view: "orders", id };
  document.body.classList.add("reading");
  mark();
  orderStory($("pane"), order, shopOf(order.card).name);
  tint($("pane"), order.card);
}

function toast(text) {
  const node = $("toast");
  node.textContent = text;
  node.classList.add("on");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => node.classList.remove("on"), 4500);
}

async function press(button) {
  button.disabled = true;
  try {
    const answer = await fetch(`try/${button.dataset.try}`, { method: "POST", headers: { "X-Demo": "yes" } });
    toast(answer.ok ? (await answer.json()).done : await answer.text());
  } catch {
    toast("The demo has ended.");
  } finally {
    button.disabled = false;
  }
}

function shopButtons() {
  const one = (id, name, colour) => {
    const button = el("button", { type: "button", "aria-pressed": String(state.shop === id) }, colour ? el("i", {}) : "", name);
    if (colour) button.style.setProperty("--shop", colour);
    button.addEventListener("click", () => { state.shop = id; $("list").replaceChildren(); $("bubbles").replaceChildren(); shopButtons(); plan(); });
    return button;
  };
  const all = [...state.shops.values()].map((shop) => one(shop.id, shop.name, shop.colour));
  $("shops").replaceChildren(one("", "All shops"), ...all);
}

function begin(data) {
  state.shops = new Map(data.shops.map((shop) => [shop.id, shop]));
  for (const [name, key] of [["messages", "id"], ["orders", "id"], ["tickets", "ticket_id"]]) {
    state[name] = new Map(data[name].map((item) => [item[key], item]));
  }
  state.dead = new Map(data.dead_letters.map((item) => [item.id, item]));
  state.figures = data.figures;
  $("notes").textContent = data.notes.join(" ");
  $("list").replaceChildren();
  shopButtons();
  plan();
}

function take(map, key, item) {
  const known = map.has(key);
  map.set(key, { ...item, fresh: !known });
  if (map.size > 400) map.delete(map.keys().next().value);
  plan();
}

const CHANGES = {
  snapshot: begin,
  message: (m) => {
    const learnt = state.open?.id === m.id && !state.messages.get(m.id)?.order_id && m.order_id;
    take(state.messages, m.id, m);
    if (learnt) open("mail", m.id, { quiet: true });
    if (!state.open && wide.matches && m.channel === "email") open("mail", m.id, { quiet: true });
  },
  order: (o) => {
    take(state.orders, o.id, o);
    if (state.open?.view === "orders" && state.open.id === o.id && !document.hidden) refresh(o.id);
  },
  ticket: (t) => take(state.tickets, t.ticket_id, t),
  dead_letter: (d) => take(state.dead, d.id, d),
  figures: (f) => { state.figures = f; plan(); },
};

async function refresh(id) {
  const order = await fetchOrder(id);
  if (order && state.open?.view === "orders" && state.open.id === id) orderStory($("pane"), order, shopOf(order.card).name);
}

function listen() {
  const stream = new EventSource("changes");
  stream.onopen = () => { $("live").className = "live on"; $("live").textContent = "live"; };
  stream.onerror = () => { $("live").className = "live off"; $("live").textContent = "ended"; };
  for (const [name, handle] of Object.entries(CHANGES)) {
    stream.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
}

for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => { state.view = tab.dataset.view; scrollTo(0, 0); render(); });
}
for (const button of document.querySelectorAll("[data-try]")) button.addEventListener("click", () => press(button));
setBack(() => document.body.classList.remove("reading"));
addEventListener("keydown", (event) => { if (event.key === "Escape") document.body.classList.remove("reading"); });
narrowPhone.addEventListener("change", plan);
listen();

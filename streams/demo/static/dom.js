// The few helpers that a page without a framework needs. Text only: no string ever becomes markup.

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export function button(text, attributes, act) {
  const node = el("button", { type: "button", ...attributes }, text);
  node.addEventListener("click", act);
  return node;
}

/** Brings the children of `box` in line with `items`, touching only what changed, so that focus and scroll stay. */
export function reconcile(box, items, make) {
  const known = new Map([...box.children].map((child) => [child.dataset.key, child]));
  let place = box.firstElementChild;
  for (const item of items) {
    const key = String(item.id ?? item.ticket_id);
    const found = known.get(key);
    known.delete(key);
    const node = found && found.item === item ? found : fresh(make(item), item, key, Boolean(found));
    if (found && found !== node) found.replaceWith(node);
    if (place === found && found) place = node;
    if (place === node) place = node.nextElementSibling;
    else box.insertBefore(node, place);
  }
  for (const gone of known.values()) gone.remove();
}

function fresh(node, item, key, known) {
  node.item = item;
  node.dataset.key = key;
  if (item.fresh && !known) node.classList.add("fresh");
  return node;
}

/** Shows one sentence where a list is empty; "" takes it away. */
export function show(box, sentence) {
  box.querySelector(".empty")?.remove();
  if (sentence) box.append(el("p", { class: "empty" }, sentence));
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

export function clock(instant) {
  return instant ? CLOCK.format(new Date(instant)) : "";
}

/** The time of day, and the day where it isn't today. */
export function moment(text) {
  if (!text) return "";
  if (text.length === 10) return DAY.format(new Date(`${text}T12:00`));
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  return today ? CLOCK.format(at) : `${DAY.format(at)}, ${CLOCK.format(at)}`;
}

/** `order_confirmation` as people write it. */
export function label(name) {
  const words = String(name ?? "").replaceAll("_", " ").replaceAll(".", " ");
  return words ? words[0].toUpperCase() + words.slice(1) : "";
}

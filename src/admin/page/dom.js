/* Elements made of data, and the words for numbers and times.
 *
 * What clusters say is not to be trusted: it reaches the page as text only, never as markup.
 */

export const by = (id) => document.getElementById(id);

/* What clusters say may hold characters that are obeyed and not shown: they are shown as escapes. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const escaped = (one) => `\\u{${one.codePointAt(0).toString(16)}}`;
const printable = (key, value) => typeof value === "string" ? value.replace(OBEYED, escaped) : value;
export const parsed = (text) => JSON.parse(text, printable);

/* What a path of the server answers. */
export async function ask(path) {
  const stop = AbortSignal.timeout(10000);
  const response = await fetch(path, { headers: { accept: "application/json" }, cache: "no-store", signal: stop });
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error(text.trim() || `HTTP ${response.status}`), { status: response.status });
  return parsed(text);
}

/* A query of a path, without what is empty. */
export function query(path, values) {
  const given = Object.entries(values).filter(([, value]) => value);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/* An element of text and elements; strings become text and nothing else. */
export function element(tag, options, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(options || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/* ---- Words ---- */

export const count = (number) => Number(number).toLocaleString("en");
export const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

/* A name or an address never breaks inside; a long one may break where its parts meet. */
const WHOLE = 38;
export function whole(text) {
  if (text.length <= WHOLE) return element("span", { class: "whole" }, text);
  const parts = text.split(/(?<=[./@])/);
  return element("span", {}, ...parts.flatMap((part, at) => [
    at > 0 ? element("wbr") : null,
    part.length <= WHOLE + 8 ? element("span", { class: "whole" }, part) : element("span", { class: "endless" }, part),
  ]));
}

/* A sentence in which names and addresses stay whole. */
export function sentence(text) {
  return text.split(/(\s+)/).map((word) => (/[-./:@]./.test(word) ? whole(word) : word));
}

/* A service: its namespace is told, its name is read. */
export function serviceName(namespace, name) {
  return element("span", { class: "service" },
    element("span", { class: "namespace" }, whole(`${namespace}/`)), element("wbr"), whole(name));
}

export function duration(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

export function clock(moment) {
  const text = moment.toISOString();
  const isToday = text.slice(0, 10) === new Date().toISOString().slice(0, 10);
  return isToday ? `${text.slice(11, 19)} UTC` : `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

/* For how long something has been so; it goes on by itself. */
export function age(seconds) {
  const since = new Date(Date.now() - seconds * 1000);
  const made = element("time", { class: "age", datetime: since.toISOString(), title: `since ${clock(since)}` });
  made.textContent = duration(seconds);
  return made;
}

setInterval(() => {
  for (const one of document.querySelectorAll("time.age")) {
    const text = duration(Math.max(0, (Date.now() - Date.parse(one.dateTime)) / 1000));
    if (one.textContent !== text) one.textContent = text;
  }
}, 1000);

const TONES = {
  fine: "good", synced: "good", healthy: "good", read: "good", reached: "good", resolved: "good",
  attention: "warn", partial: "warn", restored: "warn", awaited: "warn", degraded: "warn", silent: "warn",
  held: "warn", waiting: "warn", stale: "warn", failing: "warn", untried: "warn",
  "clients are hurt": "bad", down: "bad", lost: "bad", foreign: "bad", withdrawn: "bad", unknown: "bad",
  "not read": "bad", unresolved: "bad", gone: "bad", nothing_read: "bad",
  idle: "dim", unpublished: "dim",
};
export const tone = (word) => TONES[word] || "";
export const pill = (word) => element("span", { class: `pill ${tone(word) || "dim"}` }, word);

/* ---- Lists that stay ---- */

/* What grows by itself is no reason to draw anew. */
const lasting = (key, value) => (/[sS]econds$/.test(key) && key !== "ttlSeconds" && typeof value === "number" ? Math.sign(value) : value);

/* Puts entries into a list. One whose data did not change stays the very element it was, so that
 * focus and selection stay too; `entries` holds [key, data, make]. */
const drawn = new Map();
export function fill(place, entries) {
  const before = drawn.get(place) || new Map();
  const after = new Map();
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  for (const [key, data, make] of entries) {
    const text = JSON.stringify(data, lasting);
    const old = before.get(key);
    after.set(key, old && old.text === text ? old : { text, made: make() });
  }
  const wanted = [...after.values()].map((entry) => entry.made);
  const present = [...place.children];
  if (wanted.length !== present.length || wanted.some((one, at) => one !== present[at])) {
    place.replaceChildren(...wanted);
    if (focused) by(focused)?.focus({ preventScroll: true });
  }
  drawn.set(place, after);
}

/* Text that is read aloud when it changes: it is not written anew for nothing. */
export function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

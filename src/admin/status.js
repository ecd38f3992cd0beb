/* The status page: asks /status and /services every five seconds and shows what they say.
 *
 * What clusters say is not to be trusted: it reaches the page as text only, never as markup.
 * What the operator typed, opened or has the focus on survives every refresh.
 */
"use strict";

const EVERY = 5000;
const SHOWN_COMPLAINTS = 200;
const by = (id) => document.getElementById(id);

/* What clusters say may hold characters that are obeyed and not shown: they are shown as escapes. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const escaped = (one) => `\\u{${one.codePointAt(0).toString(16)}}`;
const printable = (key, value) => typeof value === "string" ? value.replace(OBEYED, escaped) : value;
const parsed = async (response) => JSON.parse(await response.text(), printable);

/* An element of text and elements; strings become text and nothing else. */
function element(tag, options, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(options || {})) {
    if (value === undefined || value === null) continue;
    if (key === "class") made.className = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const cell = (text, kind) => element("td", { class: kind }, String(text));
const heading = (text) => element("th", { scope: "row" }, String(text));
const count = (number) => Number(number).toLocaleString("en");

function duration(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

const TONES = {
  synced: "good", healthy: "good", ready: "good", read: "good",
  fine: "good", attention: "warn", "clients are hurt": "bad", unknown: "bad",
  partial: "warn", restored: "warn", awaited: "warn", degraded: "warn", silent: "warn", held: "warn",
  down: "bad", lost: "bad", refused: "bad", foreign: "bad", withdrawn: "bad", "not read": "bad",
};
const pill = (word) => element("span", { class: `pill ${TONES[word] || ""}` }, word);
const pillCell = (word) => element("td", {}, pill(word));

/* Lines of a cell, one below the other. */
function linesCell(lines, kind) {
  if (lines.length === 0) return cell("\u2013", "none");
  return element("td", { class: kind }, ...lines.map((line) =>
    element("span", { class: "item" }, ...(Array.isArray(line) ? line : [line]))));
}

/* Puts rows into a table's body. A row whose data did not change stays the very element it was,
 * so that focus and selection stay too; `rows` holds [key, data, make]. */
const drawn = new Map();
function fill(id, rows, nothing) {
  const body = by(id);
  const before = drawn.get(id) || new Map();
  const after = new Map();
  const columns = body.closest("table").tHead.rows[0].cells.length;
  const list = rows.length > 0 ? rows : [["", nothing, () => [
    element("tr", {}, element("td", { class: "none", colspan: columns }, nothing))]]];
  const focused = document.activeElement && body.contains(document.activeElement)
    ? document.activeElement.id : null;
  for (const [key, data, make] of list) {
    const text = JSON.stringify(data);
    const old = before.get(key);
    after.set(key, old && old.text === text ? old : { text, rows: make() });
  }
  const wanted = [...after.values()].flatMap((entry) => entry.rows);
  const present = [...body.rows];
  if (wanted.length !== present.length || wanted.some((row, at) => row !== present[at])) {
    body.replaceChildren(...wanted);
    if (focused) by(focused)?.focus();
  }
  drawn.set(id, after);
}

async function ask(path) {
  const response = await fetch(path, { headers: { accept: "application/json" }, cache: "no-store" });
  if (!response.ok) throw new Error((await response.text()).trim() || `HTTP ${response.status}`);
  return parsed(response);
}

/* ---- How things stand ---- */

function showSummary(status) {
  const states = status.services.states || {};
  const numbers = (words, of) => words.filter((word) => of(word) > 0)
    .map((word) => `${count(of(word))} ${word}`).join(", ");
  const services = numbers(["down", "degraded", "healthy", "idle"], (word) => states[word]);
  const words = [...new Set(status.clusters.map((one) => one.state))];
  const clusters = numbers(words, (word) => status.clusters.filter((one) => one.state === word).length);
  const complaints = status.complaints.length;
  const entries = [
    ["Snapshot generation", count(status.snapshot.generation), `made ${duration(status.snapshot.ageSeconds)} ago`],
    ["Clusters", count(status.clusters.length), clusters || "none registered"],
    ["Services published", count(status.services.published),
      `${services ? `${services}; ` : ""}${count(status.services.known)} known`],
    ["Complaints", count(complaints), complaints === 0 ? "none" : "listed below"],
  ];
  by("summary").replaceChildren(...entries.map(([term, figure, more]) => element("div", {},
    element("dt", {}, term), element("dd", { class: "figure" }, figure),
    element("dd", { class: "more" }, more))));
}

/* As many reasons as stand in the banner; `/verdict` has all. */
const MOST_REASONS = 8;

/* The verdict, as the server makes it, with its reasons below. */
function showVerdict({ verdict, ready }) {
  const since = (one) => one.forSeconds === undefined ? "" : ` (for ${duration(one.forSeconds)})`;
  const reasons = verdict.reasons.length === 0 ? [verdict.headline]
    : verdict.reasons.slice(0, MOST_REASONS).map((one) => one.text + since(one));
  const rest = verdict.reasons.length - MOST_REASONS;
  if (rest > 0) reasons.push(`and ${count(rest)} more`);
  const place = by("verdict");
  const text = (ready ? "" : "not ready yet; ") + verdict.word;
  document.title = `${verdict.word} - fedns ${location.host}`;
  /* It is read aloud when it changes: it must not be written anew for nothing. */
  if (place.textContent !== text) {
    place.replaceChildren(element("span", { class: `pill ${TONES[verdict.word] || ""}` }, text));
  }
  by("reasons").replaceChildren(...reasons.map((one) => element("li", {}, one)));
}

function showClusters(status) {
  const complaints = new Map();
  for (const { cluster } of status.complaints) {
    complaints.set(cluster, (complaints.get(cluster) || 0) + 1);
  }
  fill("clusters", status.clusters.map((one) => {
    const wrong = complaints.get(one.name) || 0;
    const state = one.state;
    const shown = [state, one.places, one.nodes, one.services, wrong];
    return [one.name, shown, () => [element("tr", {},
      heading(one.name), pillCell(state),
      linesCell(one.places), cell(count(one.nodes), "number"),
      cell(count(one.services), "number"), cell(count(wrong), "number"))]];
  }), "No cluster is registered.");
  const select = by("cluster");
  const names = status.clusters.map((one) => one.name);
  if (names.join() !== [...select.options].slice(1).map((one) => one.value).join()) {
    const chosen = select.value;
    select.replaceChildren(select.options[0], ...names.map((name) => element("option", {}, name)));
    select.value = names.includes(chosen) ? chosen : "";
  }
}

function showRegistries(status) {
  fill("registries", status.registries.map((one) => {
    const state = one.readSince === null ? "not read" : "read";
    return [one.registry, one, () => [element("tr", {},
      heading(one.registry), cell(one.kind), pillCell(state), cell(count(one.clusters), "number"),
      cell(count(one.complaints), "number"))]];
  }), "No registry is configured.");
}

function showComplaints(status) {
  const warnings = (status.warnings || []).map((message) =>
    ({ cluster: null, subject: "configuration", message }));
  const all = [...warnings, ...status.complaints];
  const shown = all.slice(0, SHOWN_COMPLAINTS);
  const seen = new Map();
  fill("complaints", shown.map((one) => {
    const text = JSON.stringify(one);
    seen.set(text, (seen.get(text) || 0) + 1);
    return [`${text} ${seen.get(text)}`, one, () => [element("tr", {},
      cell(one.cluster || "\u2013", one.cluster ? undefined : "none"),
      cell(one.subject), cell(one.message))]];
  }), "No complaint.");
  const rest = all.length - shown.length;
  by("complaints-count").textContent = rest > 0
    ? `${count(shown.length)} of ${count(all.length)}; /status lists all` : all.length || "";
}

function showFederations(status) {
  fill("federations", status.federations.map((one) => [one.name, one, () => [element("tr", {},
    heading(one.name), cell(one.domain),
    cell(one.serial === null ? "\u2013" : one.serial, "number"))]]),
  "No federation is configured.");
}

/* ---- Services ---- */

const opened = new Set();
/* The `after` of this page and of those before it. */
let pages = [""];
let nextPage = null;

function levelName(one) {
  return one.level === "global" ? "the world" : `${one.level} ${one.place}`;
}

/* Where clients go who ask at a level at which nobody answers. */
function elsewhere(level) {
  if (level.absent) return `no such name: ${level.absent}`;
  if (level.isGuess) return "not known yet";
  return level.fallback ? `none; goes to ${levelName(level.fallback)}` : "none";
}

function levelsRow(service, id) {
  const rows = service.levels.map((one) => element("tr", {},
    heading(levelName(one)),
    linesCell(one.clusters.length > 0 ? one.clusters
      : [element("span", { class: "why" }, elsewhere(one))]),
    linesCell(one.leftOut.map((out) => [out.cluster, " ", element("span", { class: "why" }, out.reason)])),
    linesCell(one.addresses, "address")));
  const columns = ["Asked at", "Answering", "Left out", "Addresses"];
  const table = element("table", {},
    element("thead", {}, element("tr", {}, ...columns.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows));
  const federations = service.federations.length > 0
    ? element("p", { class: "faint" }, `Published in ${service.federations.join(", ")}.`)
    : element("p", { class: "faint" }, "Not published: it has no names.");
  const inside = rows.length > 0 ? [federations, table] : [federations];
  return element("tr", { class: "inner", id },
    element("td", { colspan: 5 }, ...inside));
}

function serviceRows(service, key) {
  const id = `levels-${key}`;
  const isOpen = opened.has(key);
  const button = element("button", {
    type: "button", class: "open", id: `open-${key}`, "aria-expanded": String(isOpen), "aria-controls": id,
  }, key);
  const inner = levelsRow(service, id);
  inner.hidden = !isOpen;
  button.addEventListener("click", () => {
    inner.hidden = !inner.hidden;
    button.setAttribute("aria-expanded", String(!inner.hidden));
    if (inner.hidden) opened.delete(key); else opened.add(key);
  });
  const answering = service.clusters.filter((one) => one.answers);
  const leftOut = service.clusters.filter((one) => !one.answers);
  const addresses = [...new Set(answering.flatMap((one) => one.addresses))];
  const shown = addresses.slice(0, 4);
  if (addresses.length > shown.length) shown.push(`and ${count(addresses.length - shown.length)} more`);
  return [element("tr", {},
    element("th", { scope: "row" }, button), pillCell(service.state),
    linesCell(answering.map((one) => one.cluster)),
    linesCell(leftOut.map((one) => [one.cluster, " ", element("span", { class: "why" }, one.reason)])),
    linesCell(shown, "address")), inner];
}

function servicesPath() {
  const query = new URLSearchParams({ limit: "50" });
  for (const name of ["search", "namespace", "cluster", "state"]) {
    const value = by(name).value.trim();
    if (value) query.set(name, value);
  }
  const after = pages[pages.length - 1];
  if (after) query.set("after", after);
  return `/services?${query}`;
}

function showServices(page) {
  fill("services", page.services.map((service) => {
    const key = `${service.namespace}/${service.name}`;
    return [key, service, () => serviceRows(service, key)];
  }), page.known === 0 ? "No cluster has a service." : "No service is like that; choose another filter.");
  const some = page.matching > page.services.length ? `${count(page.services.length)} shown, ` : "";
  by("services-count").textContent = `${some}${count(page.matching)} of ${count(page.known)}`;
  nextPage = page.next;
  by("next").disabled = nextPage === null;
  by("previous").disabled = pages.length === 1;
  by("next").parentElement.hidden = nextPage === null && pages.length === 1;
}

/* Answers may come in another order than they were asked for: the last question counts. */
let asked = 0;
async function refreshServices() {
  asked += 1;
  const mine = asked;
  const page = await ask(servicesPath());
  if (mine === asked) showServices(page);
}

/* ---- Explain ---- */

const words = (key) => key.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/_/g, " ").toLowerCase();

/* What is read first stands first; the rest keeps its order. */
const FIRST = ["what", "text", "kind", "question", "reply", "rcode", "answer", "service", "namespace",
  "level", "place", "cluster", "name", "ttl", "type", "data", "levels", "answering", "leftOut"];
const rank = (key) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
const ordered = (keys) => [...keys].sort((a, b) => rank(a) - rank(b));

/* Any JSON as text, lists and tables: what /explain says may grow. */
function rendered(value, depth = 0) {
  if (value === null || value === undefined || value === "") return element("span", { class: "faint" }, "\u2013");
  if (typeof value === "boolean") return document.createTextNode(value ? "yes" : "no");
  if (typeof value !== "object" || depth > 8) {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return text.includes("\n") ? element("pre", {}, text) : document.createTextNode(text);
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return element("span", { class: "faint" }, "none");
    const isTable = value.every((one) => one !== null && typeof one === "object" && !Array.isArray(one));
    if (value.every((one) => typeof one !== "object")) return document.createTextNode(value.join(", "));
    return isTable ? renderedTable(value, depth)
      : element("ul", {}, ...value.map((one) => element("li", {}, rendered(one, depth + 1))));
  }
  return element("dl", {}, ...ordered(Object.keys(value)).flatMap((key) =>
    [element("dt", {}, words(key)), element("dd", {}, rendered(value[key], depth + 1))]));
}

function renderedTable(list, depth) {
  const keys = ordered([...new Set(list.flatMap((one) => Object.keys(one)))]);
  return element("table", {},
    element("thead", {}, element("tr", {}, ...keys.map((key) => element("th", { scope: "col" }, words(key))))),
    element("tbody", {}, ...list.map((one) => element("tr", {},
      ...keys.map((key) => element("td", {}, rendered(one[key], depth + 1)))))));
}

async function explain(event) {
  event.preventDefault();
  const place = by("explained");
  const query = new URLSearchParams({ name: by("name").value.trim(), type: by("type").value.trim() || "A" });
  try {
    const response = await fetch(`/explain?${query}`, { headers: { accept: "application/json" }, cache: "no-store" });
    const isJson = (response.headers.get("content-type") || "").includes("json");
    if (isJson) place.replaceChildren(rendered(await parsed(response)));
    else if (response.status === 404) place.replaceChildren("This version of the server does not explain names.");
    else place.replaceChildren(element("pre", {}, (await response.text()).trim() || `HTTP ${response.status}`));
  } catch {
    place.replaceChildren("The server does not answer.");
  }
}

/* ---- Round and round ---- */

let lastGood = null;
function showTrouble(error) {
  const place = by("trouble");
  place.hidden = error === null;
  if (error === null) {
    lastGood = new Date();
    return;
  }
  /* What it said last reassures nobody while it does not answer. */
  showVerdict({ verdict: { word: "unknown", headline: "", reasons: [] }, ready: true });
  const since = lastGood ? ` What is shown is of ${lastGood.toLocaleTimeString()}.` : "";
  const what = error instanceof TypeError ? "The server does not answer." : `The server says: ${error.message}.`;
  const text = what + since;
  if (place.textContent !== text) place.textContent = text;
}

async function refresh() {
  try {
    const [status] = await Promise.all([ask("/status"), refreshServices()]);
    by("version").textContent = status.version;
    showVerdict(status);
    showSummary(status);
    showClusters(status);
    showRegistries(status);
    showComplaints(status);
    showFederations(status);
    showTrouble(null);
  } catch (error) {
    showTrouble(error);
  }
}

async function round() {
  if (by("refresh").checked && !document.hidden) await refresh();
  setTimeout(round, EVERY);
}

let typing = 0;
function filterChanged() {
  clearTimeout(typing);
  typing = setTimeout(() => {
    pages = [""];
    refreshServices().catch(showTrouble);
  }, 200);
}

function turn(step) {
  step();
  refreshServices().catch(showTrouble);
}

by("filter").addEventListener("input", filterChanged);
by("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  filterChanged();
});
by("next").addEventListener("click", () => turn(() => nextPage !== null && pages.push(nextPage)));
by("previous").addEventListener("click", () => turn(() => pages.length > 1 && pages.pop()));
by("explain").addEventListener("submit", explain);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && by("refresh").checked) refresh();
});
refresh().then(() => setTimeout(round, EVERY));

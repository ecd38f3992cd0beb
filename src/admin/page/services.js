/* Services: a page of those that are looked for, faulty ones first, and one of them opened.
 *
 * The server looks and sorts: however many services there are, the page holds some 25 of them.
 */
import { go, onAddress, parameter } from "./address.js";
import { age, ask, by, count, element, fill, pill, plural, query, serviceName, whole, write } from "./dom.js";
import { detailOf } from "./levels.js";

const LIMIT = "25";
const FIELDS = ["search", "namespace", "cluster"];
/* What the address says, and what it means to the server. */
const STATES = ["published", "down", "degraded", "healthy", "idle", "unpublished", "any"];
const stateWanted = () => parameter("state") || "published";

/* ---- What is looked for ---- */

function path(changes) {
  const state = stateWanted();
  return query("/overview/rows", {
    search: parameter("search").trim(), namespace: parameter("namespace").trim(), cluster: parameter("cluster"),
    state: state === "any" ? "" : state, order: "fault", after: parameter("after"), limit: LIMIT, ...changes,
  });
}

let numbers = {};
function showStates() {
  const wanted = stateWanted();
  const published = ["down", "degraded", "healthy", "idle"].reduce((sum, word) => sum + (numbers[word] || 0), 0);
  const all = published + (numbers.unpublished || 0);
  const number = (word) => (word === "published" ? published : word === "any" ? all : numbers[word] || 0);
  fill(by("states"), STATES.map((word) => [word, [number(word), wanted === word], () => {
    const made = element("button", { type: "button", id: `state-${word}`, class: "choice", "aria-pressed": String(wanted === word) },
      word, " ", element("span", { class: "count" }, count(number(word))));
    made.addEventListener("click", () => go({ state: word === "published" ? "" : word, after: "", service: "" }));
    return made;
  }]));
}

/* The choices that there are: states with their numbers, and clusters. */
export function showChoices({ services, clusters }) {
  numbers = services;
  showStates();
  const names = clusters.map((one) => one.name).sort();
  for (const id of ["cluster", "asker"]) {
    const select = by(id);
    if (names.join() === [...select.options].slice(1).map((one) => one.value).join()) continue;
    select.replaceChildren(select.options[0], ...names.map((name) => element("option", {}, name)));
    select.value = parameter(id);
  }
}

/* What is typed goes into the address once it rests, one entry of the history for all of it. */
let typing = 0;
let began = false;
function filterChanged() {
  clearTimeout(typing);
  typing = setTimeout(() => {
    const values = Object.fromEntries(FIELDS.map((name) => [name, by(name).value]));
    go({ ...values, after: "", service: "" }, began ? "replace" : "push");
    began = true;
  }, 150);
}

function showFields() {
  for (const name of FIELDS) {
    const field = by(name);
    if (field.value !== parameter(name)) field.value = parameter(name);
  }
}

/* ---- What is found ---- */

function lacks(row) {
  const lines = row.lacks.map((lack) => {
    const more = lack.number - lack.clusters.length;
    const names = lack.clusters.flatMap((name, at) => [at > 0 ? ", " : "", whole(name)]);
    return element("span", { class: "lack" }, element("span", { class: "because" }, lack.reason), ": ", ...names, more > 0 ? ` and ${count(more)} more` : "");
  });
  if (row.unansweredPlaces > 0 && row.state === "degraded") {
    lines.push(element("span", { class: "faint" }, `${plural(row.unansweredPlaces, "place")} led elsewhere`));
  }
  return lines;
}

function addresses(row) {
  const first = row.firstAddresses.slice(0, 2);
  const more = row.addresses - first.length;
  const shown = first.map((text) => element("code", {}, text));
  return more > 0 ? [...shown, element("span", { class: "faint", title: `${count(more)} more` }, `+${count(more)}`)] : shown;
}

function rowOf(row) {
  const key = `${row.namespace}/${row.name}`;
  const isOpen = parameter("service") === key;
  const button = element("button", {
    type: "button", class: "open", id: `open-${key}`, "aria-expanded": String(isOpen), "aria-controls": `levels-${key}`,
  }, serviceName(row.namespace, row.name));
  button.addEventListener("click", () => go({ service: isOpen ? "" : key }));
  const of = row.state === "unpublished" ? "" : `${count(row.healthyClusters)} of ${count(row.publishedClusters)}`;
  /* What is not heard may not be so any more. */
  const unheard = row.unheardClusters || 0;
  const how = unheard > 0 && row.state === "healthy" ? element("span", { class: "pill warn" }, row.state) : pill(row.state);
  const since = row.unansweredSeconds === undefined ? null : element("span", { class: "faint" }, "for ", age(row.unansweredSeconds));
  const inner = isOpen ? element("div", { class: "detail", id: `levels-${key}` }, element("p", { class: "faint" }, "\u2026")) : null;
  return element("li", { class: `row ${row.state}` },
    element("div", { class: "line" },
      element("h3", {}, button),
      element("span", { class: "how" }, how, " ", since),
      element("span", { class: "of" }, of, of ? element("span", { class: "faint" }, " clusters") : "", unheard > 0 ? `, ${count(unheard)} not heard` : ""),
      element("span", { class: "why" }, ...lacks(row)),
      element("span", { class: "where" }, ...addresses(row))), inner);
}

let shown = null;
function showRows() {
  if (!shown) return;
  const opened = parameter("service");
  const rows = shown.services.map((row) => {
    const key = `${row.namespace}/${row.name}`;
    return [key, [row, key === opened], () => rowOf(row)];
  });
  fill(by("rows"), rows);
  by("nothing").hidden = rows.length > 0;
  write(by("nothing"), shown.known === 0 ? "No cluster has a service." : "No service is like that; look for something else.");
  const to = shown.before + rows.length;
  const of = shown.matching === shown.known ? "" : ` of ${count(shown.known)} known`;
  write(by("services-count"), `${count(shown.matching)}${of}`);
  by("pages").hidden = shown.next === null && shown.before === 0;
  write(by("where"), `${count(shown.before + 1)}\u2013${count(to)} of ${count(shown.matching)}`);
  by("next").disabled = shown.next === null;
  by("first").disabled = shown.before === 0;
}

/* Answers may come in another order than they were asked for: the last question counts. */
let asked = 0;
export async function refreshServices() {
  asked += 1;
  const mine = asked;
  const opened = parameter("service");
  const [namespace, name] = opened.split("/");
  const [page, one] = await Promise.all([
    ask(path({})), opened ? ask(query("/services", { namespace, name, limit: "1" })) : null,
  ]);
  if (mine !== asked) return;
  shown = page;
  showRows();
  const place = by(`levels-${opened}`);
  if (place && one) fill(place, detailOf(one.services[0]));
  lead(opened);
}

/* Whoever was led to a service is to see it. */
let led = null;
let ledBy = "";
function lead(opened) {
  if (led === null || !opened || led !== opened) return;
  led = null;
  const button = by(`open-${opened}`);
  if (!button) return;
  if (ledBy !== button.id) button.focus({ preventScroll: true });
  button.closest("li").scrollIntoView({ block: "nearest" });
}

let before = parameter("service");
led = before || null;
let looked = location.search;
const ofList = (search) => {
  const values = new URLSearchParams(search);
  return [...FIELDS, "state", "after"].map((name) => values.get(name) || "").join("\n");
};

/* Calls `wanted` whenever another page of services is. */
export function onServices(wanted) {
  onAddress(() => {
    const opened = parameter("service");
    if (opened !== before) {
      led = opened || null;
      ledBy = document.activeElement?.id || "";
    }
    const isOther = ofList(looked) !== ofList(location.search);
    if (isOther || opened !== before) {
      if (isOther) showFields();
      showStates();
      showRows();
      wanted();
    }
    before = opened;
    looked = location.search;
  });
  showFields();
  by("filter").addEventListener("input", filterChanged);
  by("filter").addEventListener("focusin", () => { began = false; });
  by("filter").addEventListener("submit", (event) => event.preventDefault());
  by("next").addEventListener("click", () => shown?.next && go({ after: shown.next, service: "" }));
  by("first").addEventListener("click", () => go({ after: "", service: "" }));
}

/* ---- Keys ---- */

/* The row above or below the one that has the focus; the first of them where none has. */
export function step(by_) {
  const all = [...document.querySelectorAll("#rows button.open")];
  if (all.length === 0) return false;
  const at = all.findIndex((one) => one.closest("li").contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, at + by_))] || all[0];
  next.focus();
  next.closest("li").scrollIntoView({ block: "nearest" });
  return true;
}

/* Closes what was opened last; the focus goes back to where it was opened. */
export function close() {
  const opened = parameter("service");
  if (opened) {
    const id = `open-${opened}`;
    go({ service: "" });
    by(id)?.focus();
    return true;
  }
  const inspected = parameter("inspect");
  if (inspected) {
    go({ inspect: "" });
    by(`tile-${inspected}`)?.focus();
    return true;
  }
  return false;
}

/* The names by which a service is asked for in its federations. */
let federations = [];
export function knowFederations(list) {
  federations = list;
}
export function canonicalName(namespace, name, place, federation) {
  const found = federations.find((one) => !federation || one.name === federation);
  if (!found) return null;
  return [name, namespace, found.name, "svc", place, found.domain].filter(Boolean).join(".");
}

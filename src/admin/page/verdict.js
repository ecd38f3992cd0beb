/* How things stand: the verdict and why, what has changed, what there is to complain of, and what the
 * configuration comes to.
 */
import { go, linked, parameter, toService } from "./address.js";
import { age, ask, by, clock, count, element, fill, pill, plural, query, sentence, tone, write } from "./dom.js";

/* ---- The verdict ---- */

/* Where the row is that a reason is about. */
function rowOf(reason, options, ...inside) {
  if (reason.service) return linked(toService(reason.service), options, ...inside);
  if (reason.kind === "down") return linked({ ...toService(""), state: "down" }, options, ...inside);
  const isOfComplaints = by(`kind-${reason.kind}`) !== null;
  if (reason.cluster && !isOfComplaints) return linked({ inspect: reason.cluster }, options, ...inside);
  const isOfConfiguration = ["reload_failed", "registries_unread"].includes(reason.kind);
  const href = isOfComplaints ? `#kind-${reason.kind}` : isOfConfiguration ? "#configuration" : "#h-clusters";
  return element("a", { href, ...options }, ...inside);
}

function reasonRow(reason) {
  const words = reason.kind.replaceAll("_", " ");
  const since = reason.forSeconds === undefined ? null
    : element("span", { class: "since" }, "for ", age(reason.forSeconds));
  return element("li", {},
    rowOf(reason, { class: `reason ${tone(reason.word)}` },
      element("span", { class: `pill ${tone(reason.kind) || tone(reason.word)}` }, words),
      element("span", { class: "text" }, ...sentence(reason.text)), since));
}

/* The words of the title come first: a row of tabs shows little of it. */
function title(word) {
  document.title = `${word} \u2013 ${location.host} \u2013 fedns`;
}

function showWord(word, text) {
  by("verdict").className = `verdict ${tone(word)}`;
  write(by("word"), text);
  title(word);
}

export function showVerdict(overview) {
  const { verdict, ready } = overview;
  showWord(verdict.word, (ready ? "" : "not ready yet; ") + verdict.word);
  by("headline").hidden = verdict.reasons.length > 0;
  by("headline").replaceChildren(...sentence(verdict.headline));
  const beside = (verdict.beside || []).map((reason) => ["beside", reason]);
  const reasons = verdict.reasons.map((reason) => ["reason", reason]);
  fill(by("reasons"), [...reasons, ...beside].map(([where, reason], at) =>
    [`${where} ${at} ${reason.kind} ${reason.cluster || reason.service || ""}`, reason, () => reasonRow(reason)]));
  by("more-reasons").hidden = overview.moreReasons === 0;
  by("more-reasons").textContent = `and ${plural(overview.moreReasons, "reason")} more, below`;
  showTotals(overview);
}

/* While the server is not heard, what it said last reassures nobody. */
export function showUnheard(error, since) {
  showWord("unknown", "unknown");
  const isAnswer = error.status !== undefined;
  const what = isAnswer ? `The server says: ${error.message}.` : "The server does not answer.";
  by("headline").hidden = false;
  by("headline").textContent = since ? `${what} What is shown below is of ${clock(since)}.` : what;
  document.querySelector("main").classList.add("old");
  by("reasons").hidden = by("totals").hidden = by("more-reasons").hidden = true;
}

export function showHeard() {
  document.querySelector("main").classList.remove("old");
  by("reasons").hidden = by("totals").hidden = false;
}

/* Of a page that nobody looks at the title alone is seen. */
export function showGlance(standing) {
  title(standing.verdict.word);
}

function showTotals({ services, clusters, generation, snapshotSeconds, federations }) {
  const states = ["down", "degraded", "healthy", "idle"].filter((word) => services[word] > 0);
  const chip = (word, number) => [{ class: `total ${tone(word)}` }, element("b", {}, count(number)), ` ${word}`];
  const inServices = states.map((word) => linked({ ...toService(""), state: word }, ...chip(word, services[word])));
  const inClusters = [...new Set(clusters.map((one) => one.state))].map((word) => {
    const [options, ...inside] = chip(word, clusters.filter((one) => one.state === word).length);
    return element("a", { href: "#h-clusters", ...options }, ...inside);
  });
  const group = (name, chips, none) => element("li", {},
    element("span", { class: "term" }, name), ...(chips.length > 0 ? chips : [element("span", { class: "faint" }, none)]));
  fill(by("totals"), [
    ["clusters", clusters.map((one) => one.state), () => group("Clusters", inClusters, "none")],
    ["services", services, () => group("Services", inServices, "none published")],
    ["snapshot", generation, () => element("li", {}, element("span", { class: "term" }, "Answers"),
      element("span", { class: "faint" }, `generation ${count(generation)}, made `, age(snapshotSeconds), " ago"))],
    ["federations", federations.length, () => element("li", {}, element("span", { class: "term" }, "Federations"),
      element("span", { class: "faint" }, count(federations.length)))],
  ]);
}

/* ---- The last hour ---- */

const SHOWN_EVENTS = 40;
let hasEvents = true;

/* Where there is no history there is no timeline. */
export async function showEvents() {
  if (!hasEvents) return;
  let page;
  try {
    page = await ask(query("/events", { since: "1h", limit: String(SHOWN_EVENTS) }));
  } catch (error) {
    if (error.status === 404) hasEvents = false;
    by("events").hidden = !hasEvents;
    return;
  }
  by("events").hidden = false;
  const nothing = [["", "none", () => element("li", { class: "faint" }, "Nothing has changed.")]];
  const rows = page.events.map((one) => [String(one.id), one, () => eventRow(one)]);
  if (page.missed > 0) {
    rows.push(["missed", page.missed, () => element("li", { class: "faint" }, `and ${plural(page.missed, "change")} that were put together`)]);
  }
  fill(by("timeline"), rows.length > 0 ? rows : nothing);
}

function eventRow(one) {
  const at = new Date(one.at);
  const isWarning = one.severity === "warning";
  const inside = [element("time", { datetime: one.at, title: clock(at) }, one.at.slice(11, 19)),
    element("span", { class: `mark ${isWarning ? "warn" : "dim"}` }, isWarning ? "warning" : "info"),
    element("span", { class: "text" }, ...sentence(one.text))];
  const changes = { service: toService(one.subject), cluster: { inspect: one.subject } }[one.kind];
  return element("li", {}, changes ? linked(changes, {}, ...inside) : element("span", {}, ...inside));
}

/* ---- Complaints ---- */

function complaintList(complaints) {
  return element("ul", { class: "complaints" }, ...complaints.map((one) => element("li", {},
    one.cluster ? element("b", {}, ...sentence(one.cluster), " ") : null,
    one.subject === "cluster" ? null : element("span", { class: "faint" }, ...sentence(one.subject), " "),
    ...sentence(one.message))));
}

function kindRow(kind) {
  const isOpen = parameter("kind") === kind.kind;
  const list = element("div", { id: `list-${kind.kind}` }, complaintList(kind.first));
  const rest = kind.number - kind.first.length;
  const button = rest === 0 ? null : element("button", {
    type: "button", id: `kind-open-${kind.kind}`, "aria-expanded": String(isOpen), "aria-controls": `list-${kind.kind}`,
  }, isOpen ? "show the first" : `show ${count(rest)} more`);
  button?.addEventListener("click", () => go({ kind: isOpen ? "" : kind.kind }));
  if (isOpen) showAll(kind, list);
  const cost = kind.costsAnswers ? element("span", { class: "pill warn" }, "costs answers") : null;
  const since = kind.forSeconds === undefined ? null : element("span", { class: "faint" }, "for ", age(kind.forSeconds));
  return element("article", { id: `kind-${kind.kind}`, class: "kind" },
    element("h3", {}, kind.kind.replaceAll("_", " "), " ", element("span", { class: "count" }, count(kind.number)), " ", cost, " ", since),
    list, button);
}

async function showAll(kind, list) {
  try {
    const page = await ask(query("/overview/complaints", { kind: kind.kind }));
    list.replaceChildren(complaintList(page.complaints));
    const rest = page.number - page.complaints.length;
    if (rest > 0) list.append(element("p", { class: "faint" }, `and ${count(rest)} more: `, element("a", { href: "/status" }, "/status"), " has all."));
  } catch {
    list.append(element("p", { class: "faint" }, "The server does not answer."));
  }
}

export function showComplaints({ complaints }) {
  const all = complaints.reduce((sum, one) => sum + one.number, 0);
  by("complaints-count").textContent = all === 0 ? "" : `${count(all)} of ${plural(complaints.length, "kind")}`;
  const nothing = [["", "none", () => element("p", { class: "faint" }, "No complaint.")]];
  fill(by("kinds"), complaints.length === 0 ? nothing
    : complaints.map((kind) => [kind.kind, [kind, parameter("kind") === kind.kind], () => kindRow(kind)]));
}

/* ---- Configuration ---- */

export function showConfiguration(overview) {
  const blocks = [];
  if (overview.reloadFault) {
    blocks.push(["fault", overview.reloadFault, () => element("div", { class: "block warn-edge" },
      element("h3", {}, "Could not be read again; the one before it runs"),
      element("pre", { tabindex: "0", role: "region", "aria-label": "What is wrong with it" }, overview.reloadFault))]);
  }
  if (overview.warnings.length > 0) {
    blocks.push(["warnings", overview.warnings, () => element("div", { class: "block" }, element("h3", {}, "Warnings"),
      element("ul", {}, ...overview.warnings.map((text) => element("li", {}, ...sentence(text)))))]);
  }
  blocks.push(["federations", overview.federations, () => element("div", { class: "block" }, element("h3", {}, "Federations"),
    element("ul", { class: "plain" }, ...overview.federations.map((one) => element("li", {}, element("b", {}, ...sentence(one.name)), " in ",
      ...sentence(one.domain), element("span", { class: "faint" }, one.serial === null ? "" : `, serial ${one.serial}`)))))]);
  if (overview.registries.length > 0) {
    blocks.push(["registries", overview.registries, () => element("div", { class: "block" }, element("h3", {}, "Registries of clusters"),
      element("ul", { class: "plain" }, ...overview.registries.map((one) => element("li", {}, ...sentence(one.registry), " ",
        pill(one.readSince === null ? "not read" : "read"), " ",
        element("span", { class: "faint" }, plural(one.clusters, "cluster"), one.complaints > 0 ? `, ${plural(one.complaints, "complaint")}` : "")))))]);
  }
  fill(by("configured"), blocks);
}

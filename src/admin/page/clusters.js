/* Clusters: a grid by region, those with a fault first, and one of them opened.
 */
import { go, linked, onAddress, parameter, toService } from "./address.js";
import { age, ask, by, count, duration, element, fill, pill, plural, query, sentence, tone, whole } from "./dom.js";

/* The states, worst first; what is not here is as good as it gets. */
const STATES = ["foreign", "withdrawn", "awaited", "lost", "silent", "held", "restored", "partial", "synced"];
const rank = (cluster) => {
  const at = STATES.indexOf(cluster.state);
  return at < 0 ? 0 : at;
};

/* The region is what a place ends with; who stands in several stands in the first of them. */
const regionOf = (cluster) => {
  const place = cluster.places[0];
  if (!place) return "";
  return place.includes(".") ? place.slice(place.indexOf(".") + 1) : place;
};

function regions(clusters) {
  const found = new Map();
  for (const cluster of clusters) {
    const region = regionOf(cluster);
    found.set(region, [...(found.get(region) || []), cluster]);
  }
  const worst = (list) => Math.min(...list.map(rank));
  const entries = [...found].map(([region, list]) => ({
    region,
    list: list.sort((a, b) => rank(a) - rank(b) || (b.complaints || 0) - (a.complaints || 0) || a.name.localeCompare(b.name)),
  }));
  return entries.sort((a, b) => worst(a.list) - worst(b.list) || a.region.localeCompare(b.region));
}

function tile(cluster) {
  const isOpen = parameter("inspect") === cluster.name;
  const isWell = cluster.state === "synced";
  const more = isWell ? element("span", { class: "faint" }, plural(cluster.services, "service"))
    : element("span", { class: "faint" }, "for ", age(cluster.stateSeconds));
  const complaints = cluster.complaints ? element("span", { class: "flag", title: plural(cluster.complaints, "complaint") }, count(cluster.complaints)) : null;
  const button = element("button", {
    type: "button", class: `tile ${tone(cluster.state)}`, id: `tile-${cluster.name}`,
    "aria-expanded": String(isOpen), "aria-controls": "inspected",
  },
  element("span", { class: "name" }, whole(cluster.name), complaints),
  element("span", { class: "state" }, element("span", { class: `mark ${tone(cluster.state)}` }, cluster.state), " ", more));
  button.addEventListener("click", () => go({ inspect: isOpen ? "" : cluster.name }));
  return button;
}

let shown = [];
export function showClusters(overview) {
  shown = overview.clusters;
  draw();
}

function draw() {
  const groups = regions(shown);
  /* All tiles are as wide as the longest name needs, with a mark beside it. */
  const longest = Math.max(0, ...shown.map((one) => one.name.length));
  by("regions").style.setProperty("--longest", `${longest}ch`);
  const inspected = parameter("inspect");
  const faulty = shown.filter((one) => one.state !== "synced").length;
  by("clusters-count").textContent = shown.length === 0 ? "" : `${count(shown.length)} in ${plural(groups.length, "region")}${faulty > 0 ? `, ${count(faulty)} with a fault` : ""}`;
  const nothing = [["", "none", () => element("p", { class: "faint" }, "No cluster is registered.")]];
  fill(by("regions"), groups.length === 0 ? nothing : groups.map(({ region, list }) => [
    `region ${region}`, [list, list.some((one) => one.name === inspected) ? inspected : ""], () => regionRow(region, list, inspected)]));
  showOne();
}

function regionRow(region, list, inspected) {
  const isHere = list.some((one) => one.name === inspected);
  const id = `region-${region || "none"}`;
  return element("section", { class: "region", "aria-labelledby": id },
    element("h3", { id }, region ? whole(region) : "no region", " ", element("span", { class: "count" }, count(list.length))),
    element("div", { class: "tiles" }, ...list.map(tile)),
    isHere ? element("div", { id: "inspected", class: "detail" }, element("p", { class: "faint" }, "\u2026")) : null);
}

/* ---- One cluster ---- */

let last = "";
async function showOne() {
  const name = parameter("inspect");
  const place = by("inspected");
  if (!name || !place) {
    last = "";
    return;
  }
  let row;
  try {
    row = (await ask(query("/overview/cluster", { name }))).clusters[0];
  } catch {
    return;
  }
  if (!row || parameter("inspect") !== name) return;
  const text = JSON.stringify([row.state, row.places, row.nodes, row.services, row.complaints, row.server?.contact, row.server?.reason]);
  if (last === name + text && place.dataset.name === name) return;
  last = name + text;
  place.dataset.name = name;
  place.replaceChildren(...detail(row));
}

function detail(row) {
  const server = row.server;
  const facts = [
    ["State", [pill(row.state), " for ", age(row.stateSeconds)]],
    ["Stands in", row.places.length === 0 ? ["no place"] : row.places.flatMap((place) => [whole(place), " "])],
    ["Has", [`${plural(row.nodes, "node")}, ${plural(row.services, "service")}, ${plural(row.complaints, "complaint")}`]],
  ];
  if (row.silence) {
    facts.push(["Silent", [row.silence.sinceSeconds === undefined || row.silence.sinceSeconds === null ? "nothing was ever heard"
      : element("span", {}, "nothing is heard for ", age(row.silence.sinceSeconds)), row.silence.state === "withdrawn" ? "; its shards answer no more" : "; its last facts stay"]]);
  }
  if (row.restoredAsOf) facts.push(["Restored", [`what an earlier run kept, as of ${row.restoredAsOf}`]]);
  if (row.foreign) facts.push(["Foreign", ["another cluster answers: ", whole(row.foreign.uid), ", for ", age(row.foreign.sinceSeconds)]]);
  if (server) {
    const contact = [pill(server.contact)];
    if (server.sinceSeconds !== null) contact.push(" for ", age(server.sinceSeconds));
    if (server.reason) contact.push(": ", ...sentence(server.reason));
    facts.push(["API server", contact]);
    if (server.version) facts.push(["Version", [server.version]]);
    if (server.lastEventSeconds !== null) facts.push(["Last change", [age(server.lastEventSeconds), " ago"]]);
    if (server.credentialsExpireInSeconds !== null) facts.push(["Credentials", [`good for ${duration(server.credentialsExpireInSeconds)}`]]);
  } else {
    facts.push(["Read from", ["a folder of manifests"]]);
  }
  return [
    element("h4", {}, whole(row.name)),
    element("dl", { class: "facts" }, ...facts.flatMap(([term, words]) => [element("dt", {}, term), element("dd", {}, ...words)])),
    element("p", {}, linked({ ...toService(""), cluster: row.name }, {}, "its services"),
      " \u00b7 ", linked({ inspect: "" }, {}, "close")),
  ];
}

/* Whoever was led to a cluster is to see it. */
let inspected = parameter("inspect");
onAddress(() => {
  const name = parameter("inspect");
  draw();
  if (name && name !== inspected) {
    const one = by(`tile-${name}`);
    one?.focus({ preventScroll: true });
    one?.scrollIntoView({ block: "nearest" });
  }
  inspected = name;
});

/* A service opened: who answers at each level, from the world inwards, and why others do not.
 */
import { linked } from "./address.js";
import { age, count, element, pill, plural, sentence, whole } from "./dom.js";
import { canonicalName } from "./services.js";

/* As many clusters, addresses and places are named; the rest is counted. */
const NAMED = 6;
const PLACES = 14;

const levelName = (one) => (one.level === "global" ? "the world" : `${one.level} ${one.place}`);

function some(list, make, most = NAMED) {
  const more = list.length - most;
  const made = list.slice(0, most).flatMap((one, at) => [at > 0 ? " " : "", make(one)]);
  return more > 0 ? [...made, element("span", { class: "faint" }, ` and ${count(more)} more`)] : made;
}

/* ---- The tree ---- */

/* Levels as a tree: zones stand in the region that their name ends with. */
function tree(levels) {
  const world = { level: levels.find((one) => one.level === "global"), inner: [] };
  const regions = new Map();
  for (const level of levels.filter((one) => one.level === "region")) {
    const node = { level, inner: [] };
    regions.set(level.place, node);
    world.inner.push(node);
  }
  for (const level of levels.filter((one) => one.level === "zone")) {
    const region = level.place.slice(level.place.indexOf(".") + 1);
    (regions.get(region) || world).inner.push({ level, inner: [] });
  }
  return world;
}

const isWell = (level) => level.leftOut.length === 0 && level.clusters.length > 0;
const isAllWell = (node) => (!node.level || isWell(node.level)) && node.inner.every(isAllWell);

/* What is wrong is not to stand below what is not. */
const faultyFirst = (nodes) => [...nodes].sort((a, b) => Number(isAllWell(a)) - Number(isAllWell(b)));

function outcome(level) {
  if (level.absent) return [element("span", { class: "mark bad" }, "no such name"), `: ${level.absent}`];
  if (level.isGuess) return [element("span", { class: "mark warn" }, "not known yet"), ": a cluster that may answer was not read"];
  if (level.clusters.length > 0) return [element("span", { class: "mark good" }, "answers"), " ", ...some(level.clusters, whole)];
  if (level.fallback) {
    return [element("span", { class: "mark warn" }, "nobody here"), " \u2192 clients are led to ", ...sentence(levelName(level.fallback))];
  }
  return [element("span", { class: "mark bad" }, "nobody answers")];
}

function ready(shard) {
  if (!shard || shard.endpoints === 0) return shard ? "no endpoint" : "";
  return `${count(shard.readyEndpoints)} of ${count(shard.endpoints)} ready`;
}

/* Why a cluster does not answer; told where it stands, and not again at each wider level. */
function leftOut(node, shards) {
  const deeper = new Set(node.inner.flatMap((inner) => [...(inner.level?.leftOut || []), ...inner.inner.flatMap((it) => it.level.leftOut)])
    .map((one) => one.cluster));
  const here = node.level.leftOut.filter((one) => !deeper.has(one.cluster));
  const lines = here.slice(0, NAMED * 2).map((one) => {
    const counts = ready(shards.get(one.cluster));
    return element("li", { class: "out" }, whole(one.cluster), " ", element("span", { class: "because" }, one.reason),
      counts ? element("span", { class: "faint" }, ` (${counts})`) : "");
  });
  const rest = here.length - lines.length;
  if (rest > 0) lines.push(element("li", { class: "faint" }, `and ${plural(rest, "cluster")} more`));
  return lines.length > 0 ? element("ul", { class: "outs" }, ...lines) : null;
}

function nodeOf(node, context) {
  const { level } = node;
  const inner = faultyFirst(node.inner);
  const shown = inner.slice(0, Math.max(PLACES, inner.filter((one) => !isAllWell(one)).length));
  const rest = inner.length - shown.length;
  const children = shown.map((one) => nodeOf(one, context));
  if (rest > 0) children.push(element("li", { class: "faint" }, `and ${plural(rest, "place")} more, where all is well`));
  const list = children.length > 0 ? element("ul", {}, ...children) : null;
  if (!level) return element("li", {}, list);
  const name = canonicalName(context.service.namespace, context.service.name, level.place, context.federation);
  const explain = name && !level.absent
    ? linked({ name, type: "", asker: "" }, { class: "explain", "aria-label": `explain ${name}` }, "explain") : null;
  return element("li", {},
    element("div", { class: "level" },
      element("b", { class: "place" }, ...sentence(levelName(level))),
      element("span", { class: "outcome" }, ...outcome(level)),
      element("span", { class: "where" }, ...some(level.addresses, (text) => element("code", {}, text))), explain),
    leftOut(node, context.shards), list);
}

/* ---- The rest of it ---- */

function hostname(one, cluster) {
  const addresses = one.addresses.length > 0 ? [": ", ...some(one.addresses, (text) => element("code", {}, text))] : [];
  return element("li", {}, whole(cluster), " ", whole(one.hostname), " ", pill(one.state), " ",
    element("span", { class: "faint" }, "for ", age(one.forSeconds)), ...addresses, one.trouble ? `; ${one.trouble}` : "");
}

function ttl(service) {
  const least = service.clusters.filter((one) => one.ttlSeconds === service.ttl).map((one) => one.cluster);
  return [`TTL ${count(service.ttl)} s`, ...(least.length > 0 ? [" as ", ...some(least, whole, 3), " asks for"] : [])];
}

function head(service) {
  const facts = [];
  if (service.federations.length > 0) {
    facts.push(["in ", ...some(service.federations, whole)], ttl(service));
    facts.push([`${count(service.healthyClusters)} of ${plural(service.publishedClusters, "cluster")} ${service.healthyClusters === 1 ? "answers" : "answer"}`]);
  } else {
    facts.push(["not published: it has no names"]);
  }
  if (service.unansweredSeconds !== undefined) facts.push(["nothing answers for ", age(service.unansweredSeconds)]);
  if (service.whenAllDown) {
    const { policy, addresses } = service.whenAllDown;
    facts.push([`clients get ${policy}`, ...(addresses.length > 0 ? [": ", ...some(addresses, (text) => element("code", {}, text))] : [])]);
  }
  return element("p", { class: "headline" }, ...facts.flatMap((fact, at) => [at > 0 ? " \u00b7 " : "", ...fact]));
}

/* The parts of what an opened service shows, each with what it is made of. */
export function detailOf(service) {
  if (!service) return [["gone", "gone", () => element("p", { class: "faint" }, "No cluster has it any more.")]];
  const shards = new Map(service.clusters.map((one) => [one.cluster, one]));
  const context = { service, shards, federation: service.federations[0] };
  const parts = [["head", [service.federations, service.ttl, service.healthyClusters, service.publishedClusters, service.whenAllDown, service.unansweredSeconds], () => head(service)]];
  if (service.levels.length > 0) {
    const hasNames = canonicalName(service.namespace, service.name, "", context.federation) !== null;
    parts.push(["levels", [service.levels, service.clusters, hasNames], () => element("ul", { class: "tree" }, nodeOf(tree(service.levels), context))]);
  }
  const others = service.clusters.filter((one) => !one.published);
  if (others.length > 0) {
    parts.push(["others", others, () => element("div", {}, element("h4", {}, "Have it and do not publish it"),
      element("ul", { class: "outs" }, ...others.slice(0, NAMED * 2).map((one) => element("li", { class: "out" }, whole(one.cluster), " ",
        element("span", { class: "because" }, one.reason || ""), element("span", { class: "faint" }, ` (${ready(one)})`)))),
      others.length > NAMED * 2 ? element("p", { class: "faint" }, `and ${plural(others.length - NAMED * 2, "cluster")} more`) : null)]);
  }
  const named = service.clusters.flatMap((one) => (one.hostnames || []).map((it) => [one.cluster, it]));
  if (named.length > 0) {
    parts.push(["hostnames", named, () => element("div", {}, element("h4", {}, "Hostnames of load balancers"),
      element("ul", { class: "plain" }, ...named.slice(0, NAMED * 2).map(([cluster, one]) => hostname(one, cluster))))]);
  }
  return parts;
}

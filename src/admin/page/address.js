/* The page's address: what is looked for and what is open stands in it, so that it can be passed on
 * and "back" works.
 *
 * search, namespace, cluster, state, after: which services. service: the one that is open.
 * inspect: the cluster that is open. kind: the complaints that are open.
 * name, type, asker: what is explained.
 */

import { element } from "./dom.js";

const heard = [];
const changesOf = new WeakMap();

export const parameters = () => new URLSearchParams(location.search);
export const parameter = (name) => parameters().get(name) || "";

/* Calls `hear` whenever the address is another one. */
export const onAddress = (hear) => heard.push(hear);

/* The address with these changes: what is empty is taken out. */
function hrefWith(changes) {
  const next = parameters();
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
  return text ? `?${text}` : location.pathname;
}

/* Goes there; what is typed letter by letter replaces what stood there. */
export function go(changes, how = "push") {
  visit(hrefWith(changes), how);
}

function visit(href, how = "push") {
  if (href === location.search || (href === location.pathname && !location.search)) return;
  if (how === "replace") history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  heard.forEach((hear) => hear());
}

addEventListener("popstate", () => heard.forEach((hear) => hear()));

/* A link that changes the address so, whatever else stands in it by then. */
export function linked(changes, options, ...children) {
  const made = element("a", { href: hrefWith(changes), ...options }, ...children);
  changesOf.set(made, changes);
  return made;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  const changes = changesOf.get(link);
  if (!changes || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go(changes);
});

/* What leads to a service: it alone is looked for, and it is open. */
export const toService = (key) => ({ search: key, service: key, state: "any", namespace: "", cluster: "", after: "" });

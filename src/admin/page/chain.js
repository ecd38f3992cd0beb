/* Why a name is answered as it is, drawn: from who asks through each level to what the client gets. And whose
 * an address is.
 */
import { go, linked, onAddress, parameter, toService } from "./address.js";
import { ask, by, count, duration, element, plural, query, sentence, serviceName, whole } from "./dom.js";
import { canonicalName } from "./services.js";

const NAMED = 6;
const isAddress = (text) => /^\d+\.\d+\.\d+\.\d+$/.test(text) || (text.includes(":") && /^[0-9a-f:.]+$/i.test(text));

/* `namespace/service` is asked for by its name in the world. */
function nameOf(text) {
  const [namespace, name, ...more] = text.split("/");
  if (name === undefined || more.length > 0) return text;
  return canonicalName(namespace, name, "", "") || text;
}

/* ---- The chain ---- */

const box = (kind, title, ...inside) => element("li", { class: `box ${kind}` }, element("h3", {}, ...title), ...inside);

function levelBox(level, isPassed, context) {
  const place = level.level === "global" ? ["the world"] : [level.level, " ", whole(level.place)];
  const answering = level.answering.slice(0, NAMED).map((one) => element("li", { class: "in" }, whole(one.cluster), " ",
    ...one.addresses.slice(0, NAMED).flatMap((text) => [element("code", {}, text), " "]), stale(one.cluster, context)));
  const more = level.answering.length - answering.length;
  if (more > 0) answering.push(element("li", { class: "faint" }, `and ${count(more)} more`));
  /* That a cluster stands elsewhere is worth a number, what is wrong with one that stands here a line. */
  const isHere = (one) => level.level === "global" || one.stands.length === 0
    || one.stands.some((place) => place === level.place || place.endsWith(`.${level.place}`) || place.startsWith(`${level.place}.`));
  const wrong = level.leftOut.filter((one) => one.reason !== "stands elsewhere" && isHere(one));
  const lines = wrong.slice(0, NAMED).map((one) => element("li", { class: "out" }, whole(one.cluster), " ",
    element("span", { class: "because" }, one.reason), " ", stale(one.cluster, context)));
  if (wrong.length > NAMED) lines.push(element("li", { class: "faint" }, `and ${count(wrong.length - NAMED)} more`));
  const elsewhere = level.leftOut.length - wrong.length;
  if (elsewhere > 0) lines.push(element("li", { class: "faint" }, `${plural(elsewhere, "cluster")} ${elsewhere === 1 ? "stands" : "stand"} elsewhere`));
  let kind = "later";
  let word = "not reached";
  if (level.isGuess) [kind, word] = ["warn", "not known yet"];
  else if (level.isEnd) [kind, word] = level.answering.length > 0 ? ["good", "answers"] : ["bad", "nobody answers"];
  else if (isPassed) [kind, word] = ["warn", "nobody here, one level wider"];
  return box(kind, place, element("p", { class: "word" }, word), element("ul", {}, ...answering, ...lines));
}

const stale = (cluster, { service }) => {
  const one = (service.stale || []).find((it) => it.cluster === cluster);
  return one ? element("span", { class: "mark warn" }, `facts of ${duration(one.seconds)} ago (${one.state})`) : null;
};

function recordList(records) {
  return element("ul", { class: "records" }, ...records.map((one) => element("li", {},
    element("code", {}, whole(one.name)), " ", element("span", { class: "faint" }, `${count(one.ttl)} s ${one.type} `), element("code", {}, whole(one.data)))));
}

function replyBox({ reply, question }) {
  const isEmpty = reply.answer.length === 0;
  const kind = reply.rcode === "NOERROR" ? (isEmpty ? "warn" : "good") : "bad";
  const text = isEmpty ? (reply.rcode === "NOERROR" ? `no record of type ${question.type}` : "no record") : "";
  return box(`reply ${kind}`, ["the client gets"], element("p", { class: "word" }, reply.rcode, text ? `: ${text}` : ""),
    recordList(isEmpty ? reply.authority : reply.answer));
}

function ttlText({ ttl }) {
  const from = ttl.shortenedFrom === undefined ? "" : ` (${count(ttl.shortenedFrom)} s otherwise)`;
  return `TTL ${count(ttl.seconds)} s${from}`;
}

function showExplanation(told) {
  const { question, what, service, asker } = told;
  const first = box("asker", ["the client asks"], element("p", { class: "word" }, element("code", {}, whole(question.name)), ` ${question.type}`),
    asker ? element("p", { class: "faint" }, asker.cluster ? `from cluster ${asker.cluster}${asker.place ? ` in ${asker.place}` : ""}: ` : "", ...sentence(asker.why)) : null);
  const boxes = [first];
  if (service) {
    const end = service.levels.findIndex((one) => one.isEnd);
    service.levels.forEach((level, at) => boxes.push(levelBox(level, at < end, { service })));
  }
  boxes.push(replyBox(told));
  const parts = [element("p", { class: "headline" }, ...sentence(what.text), service ? ` \u00b7 ${ttlText(service)}` : "",
    service?.whenAllDown ? ` \u00b7 nothing is healthy anywhere: whenAllDown is ${service.whenAllDown.policy}` : "",
    service ? " \u00b7 " : "", service ? linked(toService(`${service.namespace}/${service.name}`), {}, "show the service") : null)];
  if (what.near?.length > 0) {
    parts.push(element("p", {}, "Did you mean ", ...what.near.flatMap((name, at) => [at > 0 ? " or " : "",
      linked({ name }, {}, whole(name))]), "?"));
  }
  if (what.leftOut?.length > 0) {
    parts.push(element("ul", { class: "outs" }, ...what.leftOut.slice(0, 2 * NAMED).map((one) => element("li", { class: "out" },
      whole(one.cluster), " ", element("span", { class: "because" }, one.reason)))));
  }
  parts.push(element("ol", { class: "chain" }, ...boxes));
  if (told.complaints.length > 0) {
    const more = told.moreComplaints > 0 ? [element("li", { class: "faint" }, `and ${count(told.moreComplaints)} more`)] : [];
    parts.push(element("h3", { class: "apart" }, "Complaints about it"), element("ul", { class: "complaints" },
      ...told.complaints.map((text) => element("li", {}, ...sentence(text))), ...more));
  }
  by("explained").replaceChildren(...parts);
}

/* ---- Addresses ---- */

function showAddress(told) {
  const at = (one) => one.answersAt.map((level) => (level.level === "global" ? "the world" : `${level.level} ${level.place}`)).join(", ");
  const shards = told.shards.map((one) => element("li", { class: one.reason ? "out" : "in" },
    linked(toService(`${one.namespace}/${one.name}`), {}, serviceName(one.namespace, one.name)), ` in federation ${one.federation}: `, whole(one.cluster), " ",
    ...(one.reason ? ["has it and does not answer: ", element("span", { class: "because" }, one.reason)] : ["answers with it at ", ...sentence(at(one))])));
  const inside = told.inside.map((one) => element("li", { class: one.reason ? "out" : "in" },
    linked(toService(`${one.namespace}/${one.name}`), {}, serviceName(one.namespace, one.name)), " inside ", whole(one.cluster), one.reason ? ": " : "",
    one.reason ? element("span", { class: "because" }, one.reason) : ""));
  const servers = told.nameservers.map((name) => element("li", {}, "name server ", whole(name)));
  const more = told.moreServices > 0 ? [element("li", { class: "faint" }, `and ${plural(told.moreServices, "service")} more`)] : [];
  const all = [...shards, ...inside, ...servers, ...more];
  const unread = told.unread.length === 0 ? null : element("p", { class: "notice" }, `Not read yet, and may have it too: ${told.unread.join(", ")}.`);
  by("explained").replaceChildren(element("h3", {}, whole(told.address)), unread || "",
    all.length > 0 ? element("ul", { class: "outs" }, ...all) : element("p", {}, "No cluster that was read has it."));
}

/* ---- Asking ---- */

let asked = 0;
export async function refreshExplanation() {
  const name = parameter("name").trim();
  by("type").value = parameter("type") || "A";
  by("asker").value = parameter("asker");
  if (document.activeElement !== by("name")) by("name").value = name;
  asked += 1;
  const mine = asked;
  if (!name) {
    by("explained").replaceChildren();
    return;
  }
  try {
    const found = isAddress(name) ? await ask(query("/address", { address: name }))
      : await ask(query("/explain", { name: nameOf(name), type: parameter("type") || "A", cluster: parameter("asker") }));
    if (mine !== asked) return;
    if (isAddress(name)) showAddress(found);
    else showExplanation(found);
  } catch (error) {
    if (mine !== asked) return;
    by("explained").replaceChildren(element("p", { class: "notice" }, error.status === undefined ? "The server does not answer." : error.message));
  }
}

const ofThis = () => ["name", "type", "asker"].map(parameter).join("\n");
let before = ofThis();
onAddress(() => {
  const now = ofThis();
  if (now === before) return;
  before = now;
  by("name").value = parameter("name");
  refreshExplanation().then(() => parameter("name") && by("h-explain").scrollIntoView({ block: "start" }));
});

by("explain").addEventListener("submit", (event) => {
  event.preventDefault();
  const type = by("type").value.trim();
  before = "";
  go({ name: by("name").value.trim(), type: type === "A" ? "" : type, asker: by("asker").value });
  if (before === "") refreshExplanation();
});

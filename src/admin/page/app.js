/* The status page: what is asked when, and the keys.
 *
 * The server pushes that something has changed; what the page shows is asked for then. What the operator
 * typed, opened or has the focus on survives that.
 */
import { onAddress, parameter } from "./address.js";
import { refreshExplanation } from "./chain.js";
import { showClusters } from "./clusters.js";
import { ask, by, write } from "./dom.js";
import { live, paced } from "./live.js";
import { close, knowFederations, onServices, refreshServices, showChoices, step } from "./services.js";
import { showComplaints, showConfiguration, showEvents, showGlance, showHeard, showUnheard, showVerdict } from "./verdict.js";

/* What nothing has changed of is looked at now and then all the same. */
const NOW_AND_THEN = 30000;

/* ---- Whether the server is heard ---- */

/* Who did not answer is asked again so soon. */
const AGAIN = 1500;
let again = 0;
let lastGood = null;
let isHeard = true;
let way = "live";
/* What was told last; nothing before the first answer. */
let overview = null;

function heard(how) {
  way = how;
  lastGood = new Date();
  if (!isHeard) {
    isHeard = true;
    clearTimeout(again);
    showHeard();
    changed();
  }
  /* Before there is something to read, nothing reassures. */
  by("live").className = overview ? "heard" : "";
  const manner = how === "live" ? "live" : "no push: asked every 3 s";
  write(by("live"), overview ? manner : "loading\u2026");
}

function unheard(error) {
  isHeard = false;
  by("live").className = "unheard";
  write(by("live"), "not heard");
  showUnheard(error, lastGood);
  clearTimeout(again);
  again = setTimeout(changed, AGAIN);
}

/* What went wrong with one question is said; what was shown last is not taken for true meanwhile. */
async function tried(work) {
  try {
    await work();
  } catch (error) {
    unheard(error);
  }
}

/* ---- What is asked ---- */

const refreshOverview = paced(() => tried(async () => {
  const told = await ask("/overview");
  lastGood = new Date();
  if (!isHeard) heard("asking");
  const isFirst = overview === null;
  overview = told;
  if (isFirst) heard(way);
  knowFederations(overview.federations);
  /* The names of an opened service are made of its federations. */
  if (isFirst && parameter("service")) refreshRows();
  write(by("version"), `fedns ${overview.version}`);
  showComplaints(overview);
  showVerdict(overview);
  showClusters(overview);
  showConfiguration(overview);
  showChoices(overview);
  markFirstScreen();
  if (!hasExplained) {
    hasExplained = true;
    refreshExplanation();
  }
}), 200);
/* A bare name of a service is completed by its federation, which has to be known. */
let hasExplained = false;

const refreshRows = paced(() => tried(refreshServices).then(markFirstScreen), 400);
/* Whoever measures the page finds when it could be read. */
function markFirstScreen() {
  const isWhole = overview && by("services-count").textContent;
  if (isWhole && performance.getEntriesByName("first screen").length === 0) performance.mark("first screen");
}

const refreshEvents = paced(showEvents, 700);
const explainAgain = paced(async () => parameter("name") && refreshExplanation(), 2000);

function changed() {
  refreshOverview();
  refreshRows();
  refreshEvents();
  if (hasExplained) explainAgain();
}

write(by("host"), location.host);
onServices(refreshRows);
onAddress(() => overview && showComplaints(overview));
live({
  changed,
  glance: async () => {
    try {
      showGlance(await ask("/verdict"));
    } catch {
      showGlance({ verdict: { word: "unknown" } });
    }
  },
  heard,
  unheard,
});
changed();
setInterval(() => !document.hidden && changed(), NOW_AND_THEN);

/* ---- Keys ---- */

const isTyping = (one) => one.matches("input, select, textarea");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement || document.body;
  if (event.key === "Escape") {
    if (isTyping(at) && at.value && at.id === "search") {
      at.value = "";
      at.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (isTyping(at)) {
      at.blur();
    } else if (!close()) {
      return;
    }
    event.preventDefault();
    return;
  }
  if (at.id === "search" && (event.key === "ArrowDown" || event.key === "Enter")) {
    if (step(1)) event.preventDefault();
    return;
  }
  if (isTyping(at)) return;
  const keys = {
    "/": () => focus("search"),
    e: () => focus("name"),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
  };
  /* Elsewhere arrows move the page. */
  if (event.key.startsWith("Arrow") && !by("rows").contains(at)) return;
  if (keys[event.key]?.()) event.preventDefault();
});

function focus(id) {
  by(id).focus();
  by(id).select();
  by(id).scrollIntoView({ block: "nearest" });
  return true;
}

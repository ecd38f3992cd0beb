/* Keeps the page true: the server pushes that something has changed, and the page asks for what it
 * shows of it. Where there is no push it asks now and then.
 */
import { ask } from "./dom.js";

/* A server that says nothing for so long is not heard any more. */
const SILENT = 10000;
/* A stream that ended is opened again soon, and then now and then. */
const SOON = 200;
const RETRY = 2000;
/* How often it is asked where there is no push, and how often a page that nobody looks at asks. */
const POLL = 3000;
const HIDDEN = 15000;

/* Runs `work` at once, and again for what is wanted meanwhile: not sooner than `rest` after it has
 * ended, longer where it takes long, so that no page keeps a server busy. */
export function paced(work, rest) {
  let running = false;
  let wanted = false;
  let free = 0;
  let timer = 0;
  async function run() {
    timer = 0;
    running = true;
    wanted = false;
    const begun = performance.now();
    try {
      await work();
    } finally {
      const now = performance.now();
      free = now + Math.max(rest, 4 * (now - begun));
      running = false;
      if (wanted) schedule();
    }
  }
  function schedule() {
    wanted = true;
    if (running || timer) return;
    timer = setTimeout(run, Math.max(0, free - performance.now()));
  }
  return schedule;
}

/* `changed` is called for every change, `glance` for a page that nobody looks at; `heard` and `unheard`
 * when the server is heard again, and when it is not. */
export function live({ changed, glance, heard, unheard }) {
  let source = null;
  let last = 0;
  let retry = 0;
  let wait = SOON;

  function close() {
    source?.close();
    source = null;
    clearTimeout(retry);
    retry = 0;
  }

  function open() {
    close();
    last = Date.now();
    source = new EventSource("/overview/changes");
    source.addEventListener("message", () => {
      last = Date.now();
      wait = SOON;
      heard("live");
      changed();
    });
    source.addEventListener("heartbeat", () => {
      last = Date.now();
      heard("live");
    });
    source.addEventListener("error", failed);
  }

  /* As many streams as there may be are open, or the server is gone: the next question shows which. */
  async function failed() {
    close();
    retry = setTimeout(open, wait);
    wait = RETRY;
    try {
      await ask("/verdict");
      heard("asking");
      changed();
    } catch (error) {
      unheard(error);
    }
  }

  setInterval(() => {
    if (!document.hidden && source && Date.now() - last > SILENT) failed();
  }, 1000);
  setInterval(() => {
    if (!document.hidden && source?.readyState !== EventSource.OPEN) changed();
  }, POLL);
  /* A browser has few connections to one server: whoever looks at another page gives it back. */
  setInterval(() => document.hidden && glance(), HIDDEN);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else open();
  });
  if (!document.hidden) open();
}

// Fragments that refresh themselves: <div data-poll="/url/">. Conditional requests, only while the tab
// is visible; what the reader is doing in the fragment is never taken away.

const EVERY_SECONDS = 4;
// After failures the pace slows down to this, so that a server in trouble is not hammered.
const SLOWEST_SECONDS = 60;

const states = new WeakMap();

function isInUse(element) {
  if (element.querySelector("dialog[open], details.menu[open], .is-dragged")) return true;
  const focused = document.activeElement;
  if (element.contains(focused) && focused.matches("input:not([type=checkbox]), textarea, select")) return true;
  // Something was typed and not sent yet.
  return [...element.querySelectorAll("textarea, input[type=text], input[type=search]")]
    .some((field) => field.value !== field.defaultValue);
}

function focusPath(element) {
  const focused = document.activeElement;
  if (!focused || !element.contains(focused)) return null;
  if (focused.id) return { id: focused.id };
  const href = focused.getAttribute("href");
  const all = [...element.querySelectorAll("a, button, input, summary")];
  return { href, index: all.indexOf(focused) };
}

function restoreFocus(element, path) {
  if (!path) return;
  const all = [...element.querySelectorAll("a, button, input, summary")];
  const found = (path.id && document.getElementById(path.id))
    || (path.href && all.find((candidate) => candidate.getAttribute("href") === path.href))
    || all[path.index];
  found?.focus({ preventScroll: true });
}

function swap(element, html) {
  const path = focusPath(element);
  const top = element.scrollTop;
  const selected = new Set([...element.querySelectorAll("input[name=selected]:checked")].map((box) => box.value));
  const open = new Set([...element.querySelectorAll("details[open][id]")].map((details) => details.id));
  element.innerHTML = html;
  for (const box of element.querySelectorAll("input[name=selected]")) box.checked = selected.has(box.value);
  for (const details of element.querySelectorAll("details[id]")) details.open ||= open.has(details.id);
  element.scrollTop = top;
  restoreFocus(element, path);
  window.htmx?.process(element);
  element.dispatchEvent(new CustomEvent("poll:swapped", { bubbles: true }));
}

function schedule(element, seconds) {
  const state = states.get(element);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => refresh(element), seconds * 1000);
}

// Rows that "show more" brought stay: as many are asked for as are shown.
function addressOf(element) {
  const rows = document.getElementById(element.dataset.pollRows)?.rows?.length ?? 0;
  // `data-poll-more`: what else the page's own module asks for, as a query string.
  const more = rows === 0 ? element.dataset.pollMore : `size=${rows}`;
  if (!more) return element.dataset.poll;
  return `${element.dataset.poll}${element.dataset.poll.includes("?") ? "&" : "?"}${more}`;
}

async function refresh(element) {
  const state = states.get(element);
  if (!state || !element.isConnected) return;
  clearTimeout(state.timer);
  // Woken up again by visibilitychange.
  if (document.hidden || state.running) return;
  state.running = true;
  let next = state.every;
  try {
    const headers = { "X-Requested-With": "poll" };
    if (state.tag) headers["If-None-Match"] = state.tag;
    const answer = await fetch(addressOf(element), { headers, credentials: "same-origin", redirect: "error", cache: "no-store" });
    state.failures = 0;
    if (answer.status === 200) {
      const html = await answer.text();
      // What is put off is asked for again: the tag is kept only with what was shown.
      if (!isInUse(element)) {
        state.tag = answer.headers.get("ETag");
        swap(element, html);
        // Nothing more will change.
        if (answer.headers.get("X-Poll") === "end") next = null;
      }
    } else if (answer.status === 204 || answer.status === 404 || answer.status === 403) {
      next = null;
    } else if (answer.status !== 304) {
      throw new Error(`status ${answer.status}`);
    }
  } catch {
    // Offline, restarting or signed out: try again, less and less often.
    state.failures += 1;
    next = Math.min(state.every * 2 ** state.failures, SLOWEST_SECONDS);
  }
  state.running = false;
  if (next !== null) schedule(element, next);
}

function adopt(root) {
  const found = [...root.querySelectorAll("[data-poll]")];
  if (root.matches?.("[data-poll]")) found.push(root);
  for (const element of found) {
    if (states.has(element)) continue;
    const every = Number(element.dataset.pollEvery) || EVERY_SECONDS;
    states.set(element, { every, tag: element.dataset.pollTag || null, failures: 0, running: false, timer: 0 });
    if (element.hasAttribute("data-poll-now")) refresh(element);
    else schedule(element, every);
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-poll]")) refresh(element);
});
// A module that knows that something changed need not wait for the next turn.
document.addEventListener("poll:ask", (event) => {
  const state = states.get(event.target);
  if (!state) return;
  state.tag = null;
  refresh(event.target);
});
document.addEventListener("htmx:load", (event) => adopt(event.target));
document.addEventListener("poll:swapped", (event) => {
  for (const child of event.target.querySelectorAll("[data-poll]")) adopt(child);
});
adopt(document);

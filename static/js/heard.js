// Says within the press that an action was heard, and lets a form be sent once.

const POST_WAIT_MS = 20000;
const GET_WAIT_MS = 4000;
const busy = new Set();

function markBusy(element) {
  element.setAttribute("aria-busy", "true");
  busy.add(element);
}

function release(element) {
  element.removeAttribute("aria-busy");
  busy.delete(element);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.matches("[data-theme-switch]")) return;
  if (form.dataset.sent && form.method === "post") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const button = event.submitter ?? form.querySelector("button:not([type=button])");
  if (form.method === "post") form.dataset.sent = "true";
  // aria-busy and not disabled: a disabled button would not send its own name and value.
  if (button) markBusy(button);
  // No answer at all (a download, a lost network): it may be pressed again.
  setTimeout(() => {
    delete form.dataset.sent;
    if (button) release(button);
  }, form.method === "post" ? POST_WAIT_MS : GET_WAIT_MS);
}, true);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-busy]");
  if (link && !event.ctrlKey && !event.metaKey) markBusy(link);
});

// Back from the next page by the browser's own cache, or after an answer of htmx: as before.
function releaseAll() {
  for (const element of busy) release(element);
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
}
window.addEventListener("pageshow", (event) => { if (event.persisted) releaseAll(); });
document.addEventListener("htmx:afterRequest", releaseAll);

function tell(text, bad) {
  const toasts = document.getElementById("toasts");
  if (!toasts || !text) return;
  const note = document.createElement("div");
  note.className = bad ? "toast-note toast-bad" : "toast-note";
  note.textContent = text;
  toasts.append(note);
  setTimeout(() => note.remove(), 6000);
}
document.addEventListener("tell", (event) => tell(event.detail.text, event.detail.bad));
function tellFailure() { tell(document.getElementById("toasts")?.dataset.errorText, true); }
document.addEventListener("htmx:responseError", tellFailure);
document.addEventListener("htmx:sendError", tellFailure);
document.addEventListener("htmx:timeout", tellFailure);

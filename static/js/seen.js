// Says how far the request was read: once the page has been looked at, and when it is left.
// A page that was opened beforehand or in a tab behind others is not seen until it is shown.

const LOOKED_AT_MS = 1500;
let told = 0;

function newestShown() {
  return Number(document.querySelector("#history [data-newest]")?.dataset.newest ?? 0);
}

function form() {
  return document.querySelector("[data-seen]");
}

function tell(leaving) {
  const own = form();
  const newest = Math.max(newestShown(), Number(own?.elements.event?.value ?? 0));
  if (!own || newest <= told) return;
  told = newest;
  const body = new FormData(own);
  body.set("event", String(newest));
  if (leaving) navigator.sendBeacon(own.action, body);
  // Not said is not lost: the same things are new the next time.
  else fetch(own.action, { method: "POST", body, credentials: "same-origin", keepalive: true }).catch(() => { told = 0; });
}

let timer = 0;
function look() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") timer = setTimeout(() => tell(false), LOOKED_AT_MS);
}

document.addEventListener("visibilitychange", () => {
  // What came by itself while the page was looked at has been seen; what comes from now on has not.
  if (document.visibilityState === "hidden" && told > 0) tell(true);
  clearTimeout(timer);
  if (document.visibilityState === "visible" && told === 0) look();
});
look();

// A ticket's page of the staff: two forms behind two tabs, drafts that are never lost, macros and
// articles put into the text, who is there, keys. Without it both forms stand one under the other.

const PRESENT_MS = 15000;
// The server is told so often at most that somebody writes.
const WRITING_MS = 10000;
const SEARCH_WAIT_MS = 200;

const page = document.querySelector("[data-ticket]");
const composer = document.querySelector("[data-composer]");
const forms = [...document.querySelectorAll("form[data-draft]")];

// --- the two forms ------------------------------------------------------------------------------
const tabs = composer?.querySelector("[data-tabs]");

function open(name, focus) {
  if (!document.getElementById(name)) return;
  for (const form of forms) form.hidden = form.id !== name;
  for (const tab of tabs.querySelectorAll("[data-open]")) tab.setAttribute("aria-expanded", String(tab.dataset.open === name));
  if (focus) {
    const field = document.querySelector(`#${name} textarea`);
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  }
}

if (composer) {
  tabs.hidden = false;
  const asked = location.hash.slice(1);
  open(forms.some((form) => form.id === asked) ? asked : composer.dataset.composer, false);
}
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (!opener || !composer) return;
  event.preventDefault();
  open(opener.dataset.open, true);
});

// The macro whose text was put into a form: its name, and what it will change.
const put = new WeakMap();

// --- drafts: kept in this browser until the server says that the form was taken -------------------
function kept(form) {
  try {
    return JSON.parse(localStorage.getItem(`desk:${form.dataset.draft}`));
  } catch {
    return null;
  }
}

function keep(form) {
  const key = `desk:${form.dataset.draft}`;
  const { body, form_token: token, macro } = form.elements;
  try {
    if (body.value.trim()) localStorage.setItem(key, JSON.stringify({ text: body.value, token: token.value, macro: macro.value, told: put.get(form) }));
    else localStorage.removeItem(key);
  } catch {
    // A full or forbidden storage: the page itself still has the text.
  }
}

// The token goes with the text: what was sent and not heard of is not sent twice.
function restore(form) {
  const draft = kept(form);
  const { body, form_token: token, macro } = form.elements;
  if (!draft) return;
  if (draft.token === new URLSearchParams(location.search).get("sent")) {
    localStorage.removeItem(`desk:${form.dataset.draft}`);
    return;
  }
  if (body.value || "refused" in form.dataset) return;
  body.value = draft.text;
  token.value = draft.token;
  if (draft.macro) {
    macro.value = draft.macro;
    if (draft.told) showEffects(form, draft.told);
  }
  open(form.id, false);
}

for (const form of forms) {
  restore(form);
  form.elements.body.addEventListener("input", () => {
    keep(form);
    tellWriting();
  });
  form.addEventListener("submit", () => keep(form));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector(".compose-buttons button"));
  });
}
const address = new URL(location.href);
if (address.searchParams.has("sent")) {
  address.searchParams.delete("sent");
  history.replaceState(history.state, "", address);
}

function insert(form, text) {
  const field = form.elements.body;
  const gap = field.value && !field.value.slice(0, field.selectionStart).endsWith("\n") ? "\n\n" : "";
  field.setRangeText(field.value ? gap + text : text, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- macros ---------------------------------------------------------------------------------------
function search(menu, text) {
  const wanted = text.trim().toLowerCase();
  let found = 0;
  for (const row of menu.querySelectorAll("[data-macro]")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
    if (!row.hidden) found += 1;
  }
  menu.querySelector("[data-macro-none]").hidden = found > 0;
}

function showEffects(form, told) {
  put.set(form, { name: told.name, effects: told.effects });
  const line = form.querySelector("[data-effects]");
  line.replaceChildren();
  line.hidden = told.effects.length === 0;
  if (line.hidden) return;
  const name = document.createElement("b");
  name.textContent = `${told.name}: `;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn-sm";
  drop.textContent = composer.dataset.dropText;
  drop.addEventListener("click", () => {
    form.elements.macro.value = "";
    put.delete(form);
    line.hidden = true;
    keep(form);
  });
  line.append(name, `${told.effects.join(" · ")} `, drop);
}

async function useMacro(link) {
  const form = link.closest("form");
  const menu = link.closest("details");
  const answer = await fetch(link.dataset.macro, { credentials: "same-origin" });
  if (!answer.ok) {
    location.href = link.href;
    return;
  }
  const told = await answer.json();
  menu.open = false;
  form.elements.macro.value = told.id;
  showEffects(form, told);
  insert(form, told.body);
}

for (const menu of document.querySelectorAll("[data-macros]")) {
  const field = menu.querySelector("[data-macro-search]");
  field.addEventListener("input", () => search(menu, field.value));
  menu.addEventListener("toggle", () => { if (menu.open) field.focus(); });
  menu.addEventListener("keydown", (event) => {
    const rows = [...menu.querySelectorAll("[data-macro]:not([hidden])")];
    if (event.key === "Enter" && event.target === field) {
      event.preventDefault();
      rows[0]?.click();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || rows.length === 0) return;
    event.preventDefault();
    rows[(rows.indexOf(document.activeElement) + step + rows.length) % rows.length].focus();
  });
  menu.addEventListener("click", (event) => {
    const link = event.target.closest("[data-macro]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    useMacro(link).catch(() => { location.href = link.href; });
  });
}

// --- articles -------------------------------------------------------------------------------------
const articles = document.querySelector("[data-articles]");
if (articles) {
  articles.hidden = false;
  const field = articles.querySelector("input");
  const rows = articles.querySelector("[data-article-rows]");
  let timer = 0;
  const ask = async () => {
    const query = new URLSearchParams({ q: field.value, category: articles.dataset.category ?? "" });
    const answer = await fetch(`${articles.dataset.articles}?${query}`, { credentials: "same-origin" });
    if (!answer.ok) return;
    rows.innerHTML = await answer.text();
    articles.querySelector("[data-article-none]").hidden = rows.childElementCount > 0;
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask().catch(() => {}), SEARCH_WAIT_MS);
  });
  // Enter here searches; it sends no answer.
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  articles.addEventListener("toggle", () => {
    if (!articles.open) return;
    field.select();
    ask().catch(() => {});
  });
  articles.addEventListener("click", (event) => {
    const link = event.target.closest("[data-article-url]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    articles.open = false;
    insert(articles.closest("form"), `[${link.dataset.articleTitle}](${location.origin}${link.dataset.articleUrl})`);
  });
}

// --- who is there -----------------------------------------------------------------------------------
let wroteAt = 0;
function tell(more, beacon) {
  if (!page) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "");
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  if (beacon) navigator.sendBeacon(page.dataset.presence, body);
  // Not said is not lost: it is said again in a moment.
  else fetch(page.dataset.presence, { method: "POST", body, credentials: "same-origin" }).catch(() => {});
}
const isWriting = () => Date.now() - wroteAt < PRESENT_MS;
function tellWriting() {
  if (Date.now() - wroteAt < WRITING_MS) return;
  wroteAt = Date.now();
  tell({ writes: "1" });
}
function tellPresent() {
  if (document.visibilityState === "visible") tell(isWriting() ? { writes: "1" } : {});
}
if (page) {
  tellPresent();
  setInterval(tellPresent, PRESENT_MS);
  document.addEventListener("visibilitychange", tellPresent);
  window.addEventListener("pagehide", () => tell({ gone: "1" }, true));
}

// --- keys ---------------------------------------------------------------------------------------------
const FIELDS = "input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select, [contenteditable]";
function openMacros() {
  const form = forms.find((one) => !one.hidden);
  const menu = form?.querySelector("[data-macros]");
  if (!menu) return;
  form.scrollIntoView({ block: "center" });
  menu.open = true;
}
const KEYS = {
  r: () => open("answer", true),
  n: () => open("note", true),
  m: openMacros,
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches?.(FIELDS)) return;
  if (event.key === "?") {
    event.preventDefault();
    document.querySelector("[data-keys-help]")?.click();
    return;
  }
  // By the place of the key: on a Russian keyboard the same keys say other letters.
  const letter = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : "";
  if (!letter || event.shiftKey) return;
  const act = KEYS[letter] ?? (document.querySelector(`[data-key="${letter}"]`) && (() => document.querySelector(`[data-key="${letter}"]`).click()));
  if (!act) return;
  event.preventDefault();
  act();
});

// The theme switch, at once and without a page change; the cookie lets the server draw the next page so.
const YEAR = 60 * 60 * 24 * 365;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-switch]");
  const chosen = event.submitter?.value;
  if (!form || !chosen) return;
  event.preventDefault();
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${chosen}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  if (chosen === "auto") delete document.documentElement.dataset.bsTheme;
  else document.documentElement.dataset.bsTheme = chosen;
  for (const button of form.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === chosen));
  }
});

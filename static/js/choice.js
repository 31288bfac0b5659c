// Adds up the plans that are ticked, while they are being ticked. Without this the sums are those of the last answer.

const form = document.querySelector("form[data-choice]");
const language = document.documentElement.lang;

function money(kopecks) {
  const digits = kopecks % 100 ? 2 : 0;
  return new Intl.NumberFormat(language, { style: "currency", currency: "RUB", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(kopecks / 100);
}

function addUp() {
  const bar = form.querySelector("[data-choice-bar]");
  if (!bar) return;
  const chosen = [...form.querySelectorAll("input[name=plan]")].filter((input) => input.type === "hidden" || input.checked);
  const sum = (name) => chosen.reduce((total, input) => total + Number(input.dataset[name]), 0);
  bar.querySelector("[data-chosen]").textContent = chosen.length;
  bar.querySelector("[data-monthly]").textContent = money(sum("price"));
  bar.querySelector("[data-once]").textContent = money(sum("fee"));
}

form?.addEventListener("change", addUp);
// After "back" the browser restores the ticks, not the sums.
window.addEventListener("pageshow", () => form && addUp());

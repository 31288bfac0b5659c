// Selection of rows with its bar of actions, and filters that apply themselves.

function boxesOf(form) {
  return [...document.querySelectorAll(`input[name="selected"][form="${CSS.escape(form)}"]`)];
}

function showSelection(form) {
  const bar = document.getElementById(form);
  if (!bar) return;
  const boxes = boxesOf(form);
  const chosen = boxes.filter((box) => box.checked).length;
  // "All that the filters find" is not meant any more when nothing is selected.
  const all = bar.querySelector("input[name=all]");
  if (all && chosen === 0) all.checked = false;
  bar.classList.toggle("is-idle", chosen === 0);
  const count = bar.querySelector("[data-selected-count]");
  if (count) count.textContent = String(chosen);
  for (const head of document.querySelectorAll(`[data-select-all="${CSS.escape(form)}"]`)) {
    head.checked = chosen > 0 && chosen === boxes.length;
    head.indeterminate = chosen > 0 && chosen < boxes.length;
  }
}

function showAllSelections() {
  for (const bar of document.querySelectorAll("form[data-bulk]")) showSelection(bar.id);
}

document.addEventListener("change", (event) => {
  const target = event.target;
  if (target.dataset.selectAll) {
    for (const box of boxesOf(target.dataset.selectAll)) box.checked = target.checked;
    showSelection(target.dataset.selectAll);
  } else if (target.name === "selected" && target.form?.matches("[data-bulk]")) {
    showSelection(target.form.id);
  } else if (target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) {
    target.form?.closest("[data-filters]")?.requestSubmit();
  }
});

// Empty fields would only make the address long.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("[data-filters]")) return;
  const data = event.formData;
  for (const name of new Set(data.keys())) {
    const filled = data.getAll(name).filter((value) => value !== "");
    data.delete(name);
    for (const value of filled) data.append(name, value);
  }
});
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches?.("[data-filters]")) return;
  const parameters = event.detail.parameters;
  for (const name of Object.keys(parameters)) {
    if (parameters[name] === "") delete parameters[name];
  }
});

// Filters that apply themselves change the address and the list, not what stands above them: what
// arranges the list (columns, views, downloads, the board) goes by the address as it is now.
function followAddress() {
  const query = new URLSearchParams(location.search);
  for (const name of ["after", "fragment", "size", "shown", "closed", "view"]) query.delete(name);
  for (const element of document.querySelectorAll("[data-query]")) {
    if (element instanceof HTMLInputElement) element.value = query.toString();
    else {
      const url = new URL(element.href);
      url.searchParams.set("query", query.toString());
      element.href = url.href;
    }
  }
  for (const link of document.querySelectorAll("a[data-query-of]")) {
    link.href = `${new URL(link.href).pathname}?${query.toString() || "view=-"}`;
  }
}
document.addEventListener("htmx:pushedIntoHistory", followAddress);

document.addEventListener("htmx:afterSwap", showAllSelections);
document.addEventListener("poll:swapped", showAllSelections);
window.addEventListener("pageshow", showAllSelections);

// Names of cities offered as one types one (a datalist). Without this script it is a plain field.

const WAIT_MS = 150;

for (const root of document.querySelectorAll("[data-rule-city]")) {
  const input = root.querySelector("input");
  const list = document.createElement("datalist");
  list.id = `${input.id}_cities`;
  root.append(list);
  input.setAttribute("list", list.id);
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (input.value.trim().length < 2) return;
      try {
        const answer = await fetch(`${root.dataset.ruleCity}?q=${encodeURIComponent(input.value)}`, { credentials: "same-origin" });
        if (!answer.ok) return;
        const found = new DOMParser().parseFromString(await answer.text(), "text/html");
        list.replaceChildren(...[...found.querySelectorAll("[data-value]")].map((row) => new Option(row.dataset.value, row.dataset.value)));
      } catch {
        // No network: the name can still be typed in full.
      }
    }, WAIT_MS);
  });
}

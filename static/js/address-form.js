// Cities and streets offered as one types them (datalists). Without this script these are plain fields.

const WAIT_MS = 150;

for (const form of document.querySelectorAll("[data-address-form]")) {
  const city = form.querySelector("[name=city_name]");
  const place = () => (city ? city.value : form.dataset.city);
  if (city) offer(form, city, () => ({}));
  offer(form, form.querySelector("[name=street]"), () => ({ city: place() }));
}

function offer(form, input, more) {
  const list = document.createElement("datalist");
  list.id = `${input.id}_offers`;
  input.after(list);
  input.setAttribute("list", list.id);
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (input.value.trim().length < 2) return;
      const query = new URLSearchParams({ q: input.value, ...more() });
      try {
        const answer = await fetch(`${form.dataset.offers}?${query}`, { credentials: "same-origin" });
        if (!answer.ok) return;
        const found = new DOMParser().parseFromString(await answer.text(), "text/html");
        list.replaceChildren(...[...found.querySelectorAll("[data-value]")].map((row) => new Option(row.dataset.value, row.dataset.value)));
      } catch {
        // No network: the name can still be typed in full.
      }
    }, WAIT_MS);
  });
}

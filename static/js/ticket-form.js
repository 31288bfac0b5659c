// The form of a ticket: an address that is chosen stays in the form, and what is known of the house is asked for.

const form = document.querySelector("[data-ticket-form]");

function askAboutPlace() {
  window.htmx?.trigger("#ticket-choice", "ticket:place");
}

form?.addEventListener("combobox:chosen", (event) => {
  // A street or a city: typing goes on.
  if (event.detail.option.hasAttribute("data-continue")) return;
  event.preventDefault();
  askAboutPlace();
});
form?.addEventListener("change", (event) => {
  if (event.target.name === "place") askAboutPlace();
});

// Articles are looked for by what stands in the subject.
form?.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("[data-suggest]")) return;
  const category = form.querySelector("[name=category]:checked");
  event.detail.parameters = { q: form.elements.subject.value, ...(category && { category: category.value }) };
});

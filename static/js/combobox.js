// The field with suggestions (ARIA combobox with a list). Without this script it is a plain field of a GET form.

const WAIT_MS = 120;
const LEAST_LETTERS = 2;

class Combobox {
  constructor(root) {
    this.root = root;
    this.url = root.dataset.combobox;
    this.input = root.querySelector("[role=combobox]");
    this.list = root.querySelector("[role=listbox]");
    this.timer = 0;
    this.request = null;
    this.asked = "";
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => { if (this.options.length && this.asked === this.text) this.show(true); });
    this.input.addEventListener("blur", () => setTimeout(() => this.show(false), 100));
    this.input.addEventListener("keydown", (event) => this.key(event));
    // Before blur, so that the list is still there when it is clicked.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  get text() { return this.input.value.trim(); }
  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get active() { return this.list.querySelector("[aria-selected=true]"); }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const text = this.text;
    this.request?.abort();
    if (text.length < LEAST_LETTERS) {
      this.list.replaceChildren();
      this.show(false);
      return;
    }
    this.request = new AbortController();
    try {
      const glue = this.url.includes("?") ? "&" : "?";
      const answer = await fetch(`${this.url}${glue}q=${encodeURIComponent(text)}`, { signal: this.request.signal, credentials: "same-origin" });
      if (!answer.ok) return;
      this.list.innerHTML = await answer.text();
    } catch (error) {
      // Overtaken by the next letter, or no network: the form can still be sent as it is.
      if (error.name !== "AbortError") this.show(false);
      return;
    }
    this.asked = text;
    this.options.forEach((option, index) => { option.id ||= `${this.list.id}-${index}`; });
    this.show(this.list.childElementCount > 0 && document.activeElement === this.input);
  }

  show(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.mark(null);
  }

  mark(option) {
    this.active?.setAttribute("aria-selected", "false");
    if (!option) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  move(by) {
    const options = this.options;
    if (!options.length) return;
    if (this.list.hidden) this.show(true);
    const at = options.indexOf(this.active);
    const next = at < 0 ? (by > 0 ? 0 : options.length - 1) : (at + by + options.length) % options.length;
    this.mark(options[next]);
  }

  key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && this.active) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.show(false);
    }
  }

  choose(option) {
    if (!option) return;
    this.input.value = option.dataset.value ?? option.textContent.trim();
    this.asked = this.text;
    this.show(false);
    const event = new CustomEvent("combobox:chosen", { bubbles: true, cancelable: true, detail: { option } });
    if (!this.root.dispatchEvent(event)) return;
    if (option.dataset.url) location.assign(option.dataset.url);
    // A street or a city is only part of an address: typing goes on, with what it leads to.
    else if (option.hasAttribute("data-continue")) { this.input.value += " "; this.input.focus(); this.ask(); }
    else this.input.form?.requestSubmit();
  }
}

const known = new WeakSet();
function adopt(root) {
  for (const element of root.querySelectorAll("[data-combobox]")) {
    if (known.has(element)) continue;
    known.add(element);
    new Combobox(element);
  }
}
document.addEventListener("htmx:load", (event) => adopt(event.target));
adopt(document);

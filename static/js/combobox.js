// The field with suggestions: an editable combobox with a list, as the ARIA Authoring Practices describe it.
// Without this script it is a plain field of a GET form.

const WAIT_MS = 120;
const LEAST_LETTERS = 2;

class Combobox {
  constructor(root) {
    this.root = root;
    this.url = root.dataset.combobox;
    this.input = root.querySelector("[role=combobox]");
    this.list = root.querySelector("[role=listbox]");
    this.popup = root.querySelector(".combobox-popup");
    this.note = root.querySelector(".combobox-note");
    this.status = root.querySelector("[role=status]");
    this.timer = 0;
    this.request = null;
    this.asked = "";
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => { if (this.options.length && this.asked === this.text) this.show(true); });
    this.input.addEventListener("pointerdown", () => this.mark(null));
    this.input.addEventListener("blur", () => setTimeout(() => this.show(false), 100));
    this.input.addEventListener("keydown", (event) => this.key(event));
    // Before blur, so that the list is still there when it is clicked.
    this.popup.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  get text() { return this.input.value.trim(); }
  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get active() { return this.list.querySelector("[aria-selected=true]"); }

  later() {
    this.mark(null);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  async ask() {
    const text = this.text;
    this.stop();
    // Emptied first, so that the same words are announced again.
    this.status.textContent = "";
    if (text.length < LEAST_LETTERS) {
      this.list.replaceChildren();
      this.show(false);
      return;
    }
    this.request = new AbortController();
    let answer = "";
    try {
      const glue = this.url.includes("?") ? "&" : "?";
      const response = await fetch(`${this.url}${glue}q=${encodeURIComponent(text)}`, { signal: this.request.signal, credentials: "same-origin" });
      if (!response.ok) return;
      answer = await response.text();
    } catch (error) {
      // Overtaken by the next letter, or no network: the form can still be sent as it is.
      if (error.name !== "AbortError") this.show(false);
      return;
    }
    this.asked = text;
    this.fill(answer);
    this.show(document.activeElement === this.input);
  }

  // A list may hold nothing but options: what is said about them stands beside it.
  fill(answer) {
    const holder = document.createElement("template");
    holder.innerHTML = answer;
    const said = (name) => holder.content.querySelector(name)?.textContent.trim() ?? "";
    this.note.textContent = said(".combobox-note");
    this.list.replaceChildren(...holder.content.querySelectorAll("[role=option]"));
    this.options.forEach((option, index) => { option.id = `${this.list.id}-${index}`; });
    this.status.textContent = [this.note.textContent, said(".combobox-status")].filter(Boolean).join(". ");
  }

  show(open) {
    const has = this.options.length > 0;
    this.note.hidden = !this.note.textContent;
    this.list.hidden = !has;
    this.popup.hidden = !open || !(has || this.note.textContent);
    this.input.setAttribute("aria-expanded", String(open && has));
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

  get isOpen() { return !this.popup.hidden; }

  move(by) {
    const options = this.options;
    if (!options.length) return;
    if (!this.isOpen) this.show(true);
    const at = options.indexOf(this.active);
    const next = at < 0 ? (by > 0 ? 0 : options.length - 1) : (at + by + options.length) % options.length;
    this.mark(options[next]);
  }

  key(event) {
    // A letter that is still being composed is the input method's.
    if (event.isComposing) return;
    const arrow = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (arrow && event.altKey) {
      event.preventDefault();
      this.show(arrow > 0 && this.options.length > 0);
    } else if (arrow) {
      event.preventDefault();
      this.move(arrow);
    } else if (event.key === "Enter" && this.active) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape" && this.isOpen) {
      // The first closes the list, the next clears the field, as browsers do.
      event.preventDefault();
      this.stop();
      this.show(false);
    } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      // Back to the text: the caret moves there, and Enter sends what is typed.
      this.mark(null);
    } else if (event.key === "Tab") {
      this.stop();
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

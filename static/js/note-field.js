// The field of a note: suggests colleagues after an @, and keeps what is typed when the page is drawn anew.
// Many lines take no role of a combobox: how many there are to choose from is announced instead.
// Without this script a name is typed in full, and the server says when nobody is called so.

const WAIT_MS = 120;
// A name may be of two words: letters, digits and one space between.
const BEFORE_CARET = /(^|[^\p{L}\p{N}_@.+-])@([\p{L}\p{N}.'_-]*(?: [\p{L}\p{N}.'_-]+)?)$/u;

class MentionField {
  constructor(root) {
    this.url = root.dataset.mentions;
    this.input = root.querySelector("textarea");
    this.list = root.querySelector("[role=listbox]");
    this.status = root.querySelector("[data-mention-status]");
    this.timer = 0;
    this.request = null;
    for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-controls": this.list.id })) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("click", () => this.close());
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 100));
    this.input.addEventListener("keydown", (event) => this.key(event));
    // Before blur, so that the list is still there when it is clicked.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get active() { return this.list.querySelector("[aria-selected=true]"); }
  get typed() { return this.input.value.slice(0, this.input.selectionStart).match(BEFORE_CARET)?.[2]; }

  later() {
    clearTimeout(this.timer);
    if (this.typed === undefined) this.close();
    else this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const text = this.typed;
    if (text === undefined) return;
    this.request?.abort();
    this.request = new AbortController();
    let answer = "";
    try {
      const response = await fetch(`${this.url}?q=${encodeURIComponent(text)}`, { signal: this.request.signal, credentials: "same-origin" });
      if (!response.ok) return;
      answer = await response.text();
    } catch (error) {
      // Overtaken by the next letter, or no network: the name can still be typed.
      if (error.name !== "AbortError") this.close();
      return;
    }
    if (text !== this.typed || document.activeElement !== this.input) return;
    const holder = document.createElement("template");
    holder.innerHTML = answer;
    this.list.replaceChildren(...holder.content.querySelectorAll("[role=option]"));
    this.options.forEach((option, index) => { option.id = `${this.list.id}-${index}`; });
    this.status.textContent = holder.content.querySelector(".combobox-status")?.textContent.trim() ?? "";
    this.list.hidden = this.options.length === 0;
    this.mark(this.options[0]);
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.list.hidden = true;
    this.mark(null);
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

  key(event) {
    if (event.isComposing || this.list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const options = this.options;
    if (step) {
      event.preventDefault();
      this.mark(options[(options.indexOf(this.active) + step + options.length) % options.length]);
    } else if ((event.key === "Enter" || event.key === "Tab") && this.active) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) this.close();
  }

  choose(option) {
    if (!option || this.typed === undefined) return;
    const end = this.input.selectionStart;
    this.input.setRangeText(`${option.dataset.value} `, end - this.typed.length, end, "end");
    this.close();
    this.input.focus();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// --- what is typed stays, for as long as this tab is open ---------------------------------------
const keyOf = (form) => `note:${form.dataset.noteForm}`;

function keep(form) {
  const input = form.querySelector("textarea");
  const kept = sessionStorage.getItem(keyOf(form));
  if (kept && !input.value) input.value = kept;
  const store = () => {
    if (input.value) sessionStorage.setItem(keyOf(form), input.value);
    else sessionStorage.removeItem(keyOf(form));
  };
  input.addEventListener("input", store);
  input.addEventListener("change", store);
  // Refused, it comes back from the server in the field.
  form.addEventListener("submit", () => sessionStorage.removeItem(keyOf(form)));
}

const known = new WeakSet();
function adopt(root) {
  for (const form of root.querySelectorAll("[data-note-form]")) {
    if (known.has(form)) continue;
    known.add(form);
    keep(form);
    for (const field of form.querySelectorAll("[data-mentions]")) new MentionField(field);
  }
}
document.addEventListener("htmx:load", (event) => adopt(event.target));
adopt(document);

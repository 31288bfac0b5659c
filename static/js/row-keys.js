// Keys for lists and boards: between rows and cards, select, open. Never while somebody types.

const FIELDS = "input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select, [contenteditable]";

function isTyping(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector("dialog[open]")) return true;
  return event.target.matches?.(FIELDS) ?? false;
}

// --- rows of a table ----------------------------------------------------------------------------
const list = document.querySelector("[data-keys=rows]");

function rowsOf() {
  return [...list.querySelectorAll("tbody > tr")];
}

function currentRow() {
  return document.activeElement?.closest?.("[data-keys=rows] tbody > tr");
}

function goToRow(step) {
  const rows = rowsOf();
  if (rows.length === 0) return;
  const here = rows.indexOf(currentRow());
  const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
  // The row's own link: what has the focus can be opened by Enter, and is read aloud.
  const link = rows[next].querySelector(".lead-cell a");
  link?.focus({ preventScroll: true });
  rows[next].scrollIntoView({ block: "nearest" });
}

function selectRow() {
  const box = currentRow()?.querySelector("input[name=selected]");
  if (box) box.click();
}

// --- cards of a board ---------------------------------------------------------------------------
const board = document.querySelector("[data-board]");

function columnsOf() {
  return [...board.querySelectorAll(".board-column")].filter((column) => column.querySelector("[data-card]"));
}

function currentCard() {
  return document.activeElement?.closest?.("[data-card]");
}

function goToCard(card) {
  if (!card) return;
  card.querySelector(".card-number").focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function moveOnBoard(key) {
  const columns = columnsOf();
  const card = currentCard();
  if (!card) {
    goToCard(columns[0]?.querySelector("[data-card]"));
    return;
  }
  const cards = [...card.parentElement.querySelectorAll("[data-card]")];
  const place = cards.indexOf(card);
  if (key === "ArrowDown" || key === "ArrowUp") {
    goToCard(cards[place + (key === "ArrowDown" ? 1 : -1)]);
    return;
  }
  const column = columns.indexOf(card.closest(".board-column"));
  const beside = columns[column + (key === "ArrowRight" ? 1 : -1)];
  if (!beside) return;
  const others = [...beside.querySelectorAll("[data-card]")];
  goToCard(others[Math.min(place, others.length - 1)]);
}

function openMoves() {
  const menu = currentCard()?.querySelector("details.menu");
  if (!menu) return;
  menu.open = true;
  menu.querySelector(".menu-item")?.focus();
}

// --- the keys -----------------------------------------------------------------------------------
const LIST_KEYS = {
  j: () => goToRow(1),
  k: () => goToRow(-1),
  x: selectRow,
};
const BOARD_KEYS = {
  m: openMoves,
};
const ARROWS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);

// Within an open menu of a card the arrows go from move to move.
function moveInMenu(event) {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return false;
  const items = [...menu.querySelectorAll(".menu-item")];
  const next = items.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
  items[(next + items.length) % items.length]?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (isTyping(event)) return;
  if (event.key === "?") {
    event.preventDefault();
    document.querySelector("[data-keys-help]")?.click();
    return;
  }
  if (moveInMenu(event)) {
    event.preventDefault();
    return;
  }
  if (board && ARROWS.has(event.key) && (currentCard() || event.target === document.body)) {
    event.preventDefault();
    moveOnBoard(event.key);
    return;
  }
  // By the place of the key: on a Russian keyboard the same keys say other letters.
  const letter = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
  const act = (board ? BOARD_KEYS : LIST_KEYS)[letter];
  if (act && !event.shiftKey) {
    event.preventDefault();
    act();
  }
});

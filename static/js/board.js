// Cards are dragged to the columns that their own moves lead to. A card is shown where it was
// dropped at once, and goes back with the reason when the server refuses.

const board = document.querySelector("[data-board]");
let dragged = null;

function movesOf(card) {
  return [...card.querySelectorAll("[data-target]")].filter((move) => move.dataset.target);
}

function moveTo(card, state) {
  // Of several that lead to one state the first of the table, as the menu shows them.
  return movesOf(card).find((move) => move.dataset.target === state && state !== stateOf(card));
}

function stateOf(card) {
  return card.closest(".board-column").dataset.state;
}

function clearMarks() {
  for (const column of board.querySelectorAll(".board-column")) {
    column.classList.remove("is-offered", "is-over", "is-closed-to");
  }
  dragged?.classList.remove("is-dragged");
  dragged = null;
}

function makeDraggable() {
  for (const card of board.querySelectorAll("[data-card]")) {
    if (movesOf(card).length > 0) card.draggable = true;
  }
}

function tell(text, bad) {
  document.dispatchEvent(new CustomEvent("tell", { detail: { text, bad } }));
}

function ask() {
  board.dispatchEvent(new CustomEvent("poll:ask", { bubbles: true }));
}

// Shows the card in its new column; gives a function that puts it back.
function show(card, state) {
  const home = card.parentElement;
  const after = card.nextElementSibling;
  const cards = document.getElementById(`cards-${state}`);
  if (!cards) return () => {};
  cards.prepend(card);
  card.classList.add("is-moving");
  return () => {
    card.classList.remove("is-moving");
    home.insertBefore(card, after);
  };
}

async function make(card, move) {
  const undo = show(card, move.dataset.target);
  const body = new URLSearchParams({
    number: card.dataset.card,
    version: card.dataset.version,
    transition: move.dataset.move,
  });
  const token = board.querySelector("#board-actions input[name=csrfmiddlewaretoken]").value;
  try {
    const answer = await fetch(board.dataset.moveUrl, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": token, Accept: "application/json" },
      credentials: "same-origin",
      redirect: "error",
    });
    const said = await answer.json();
    if (!answer.ok) undo();
    tell(said.message, !answer.ok);
  } catch {
    undo();
    tell(document.getElementById("toasts")?.dataset.errorText ?? "", true);
  }
  ask();
}

function perform(card, move) {
  // A link asks for what the move needs, on a page of its own.
  if (move instanceof HTMLAnchorElement) location.assign(move.href);
  else make(card, move);
}

board.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (!card) return;
  dragged = card;
  card.classList.add("is-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.card);
  for (const column of board.querySelectorAll(".board-column")) {
    if (column === card.closest(".board-column")) continue;
    column.classList.add(moveTo(card, column.dataset.state) ? "is-offered" : "is-closed-to");
  }
});

board.addEventListener("dragover", (event) => {
  const column = event.target.closest?.(".board-column");
  if (!dragged || !column || !moveTo(dragged, column.dataset.state)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  for (const other of board.querySelectorAll(".is-over")) if (other !== column) other.classList.remove("is-over");
  column.classList.add("is-over");
});

board.addEventListener("drop", (event) => {
  const column = event.target.closest?.(".board-column");
  const card = dragged;
  if (!card || !column) return;
  event.preventDefault();
  const move = moveTo(card, column.dataset.state);
  clearMarks();
  if (move) perform(card, move);
});

board.addEventListener("dragend", clearMarks);

// The same from the menu: in place, without leaving the board.
board.addEventListener("click", (event) => {
  const move = event.target.closest?.("button[data-move]");
  const card = move?.closest("[data-card]");
  if (!card) return;
  event.preventDefault();
  card.querySelector("details.menu").open = false;
  make(card, move);
});

// "Show more" adds cards: a refresh brings as many as are shown.
function rememberShown() {
  const shown = [...board.querySelectorAll(".board-column")]
    .map((column) => [column.dataset.state, column.querySelectorAll("[data-card]").length])
    .filter(([, count]) => count > 10)
    .map(([state, count]) => `${state}.${count}`);
  if (shown.length > 0) board.dataset.pollMore = `shown=${shown.join(",")}`;
  else delete board.dataset.pollMore;
}

function adopt() {
  makeDraggable();
  rememberShown();
}
document.addEventListener("htmx:afterSwap", adopt);
board.addEventListener("poll:swapped", adopt);
adopt();

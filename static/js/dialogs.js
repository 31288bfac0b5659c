// Dialogs opened by <a href="#name" data-dialog>, and menus that are <details class="menu">.

function openDialog(name) {
  const dialog = document.getElementById(name);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return false;
  // An address left at #name would show the dialog a second time, as it does without scripts.
  if (location.hash === `#${name}`) history.replaceState(history.state, "", location.pathname + location.search);
  dialog.showModal();
  return true;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener && openDialog(opener.getAttribute("href").slice(1))) event.preventDefault();

  const closer = event.target.closest("[data-close]");
  const dialog = closer?.closest("dialog[open]");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
  // A click on the ground around a dialog falls on the dialog itself.
  if (event.target instanceof HTMLDialogElement && event.target.open) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right
      && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
  closeMenus(event.target.closest("details.menu"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (location.hash === "#rail") {
    location.hash = "";
    document.querySelector(".rail-open")?.focus();
  }
});

if (location.hash.length > 1) openDialog(decodeURIComponent(location.hash.slice(1)));
document.querySelector("[data-error-summary]")?.focus();

// Files dropped on a drop zone are put into its field and sent.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop-zone]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("is-over", kind === "dragover");
    if (kind !== "drop" || event.dataTransfer.files.length === 0) return;
    zone.querySelector("input[type=file]").files = event.dataTransfer.files;
    zone.requestSubmit();
  });
}

// Files dropped on a drop zone are put into its field and sent; how much has gone is shown.
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

function show(event) {
  const bar = event.target.querySelector?.(".upload-progress");
  if (!bar) return;
  bar.hidden = event.type === "htmx:afterRequest";
  const { loaded, total, lengthComputable } = event.detail;
  if (lengthComputable) bar.value = (100 * loaded) / total;
  else bar.removeAttribute("value");
}
for (const kind of ["htmx:beforeRequest", "htmx:xhr:progress", "htmx:afterRequest"]) document.addEventListener(kind, show);

// While a zone is drawn, the zones around it are there to be seen and to snap to: a click is a corner, not a question.
document.addEventListener("map:open", (event) => event.preventDefault());

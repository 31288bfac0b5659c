// A signature drawn on a canvas goes into a hidden field as a PNG. Without scripts, or without a pointer, a name and a tick do.
for (const field of document.querySelectorAll("[data-signature]")) {
  const pad = field.querySelector(".signature-pad");
  const canvas = pad.querySelector("canvas");
  const input = field.querySelector("input[name=signature]");
  const context = canvas.getContext("2d");
  let last = null;
  let drawn = false;
  pad.hidden = false;
  context.lineWidth = 3;
  context.lineCap = "round";
  context.lineJoin = "round";

  // Dark on nothing, whatever the theme: it is printed on white.
  function clear() {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = "#111";
    drawn = false;
    input.value = "";
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  }

  function line(to) {
    context.beginPath();
    context.moveTo(...last);
    context.lineTo(...to);
    context.stroke();
    last = to;
    drawn = true;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    line([last[0] + 0.1, last[1]]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) line(place(one));
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      last = null;
      if (drawn) input.value = canvas.toDataURL("image/png");
    });
  }
  field.querySelector("[data-clear]").addEventListener("click", clear);
  clear();
}

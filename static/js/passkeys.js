/* Passkeys: hides what this browser cannot do, and tells when it did not work. What passes between
   browser and device is allauth's own script. */

const show = (name) => document.querySelectorAll(`[data-passkey-${name}]`).forEach((note) => { note.hidden = false; });

if (!window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey]").forEach((button) => { button.hidden = true; });
  // On the page of sign-in the password is the way in: nothing is missing there.
  if (!document.getElementById("passkey_sign_in")) show("missing");
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  show("failed");
});

// Enter in the name asks the device too, instead of sending a form without its answer.
document.querySelectorAll("[data-passkey-form]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    if (form.querySelector("[name=credential]").value) return;
    event.preventDefault();
    form.querySelector("[data-passkey]")?.click();
  });
});

/* Passkeys. A form with `data-passkey-form` holds a hidden field `credential`, filled with what the
   device answers, and a button `data-passkey` that asks it:
     add   makes a passkey; what the site wants of it stands in #passkey_data
     use   confirms with one of the person's; likewise
     enter signs in with one alone; what the site wants is fetched from the form's address */

const show = (name) => document.querySelectorAll(`[data-passkey-${name}]`).forEach((note) => { note.hidden = false; });
const given = () => JSON.parse(document.getElementById("passkey_data").textContent);

async function added(form) {
  const options = given().creation_options;
  const alone = form.elements.passwordless.checked;
  const wanted = options.publicKey.authenticatorSelection;
  wanted.residentKey = alone ? "required" : "discouraged";
  wanted.requireResidentKey = alone;
  if (alone) wanted.userVerification = "required";
  return window.webauthnJSON.create(options);
}

async function fetched(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The site answered ${answer.status}.`);
  return window.webauthnJSON.get((await answer.json()).request_options);
}

const ways = { add: added, use: () => window.webauthnJSON.get(given().request_options), enter: fetched };

async function ask(form) {
  try {
    form.elements.credential.value = JSON.stringify(await ways[form.dataset.passkeyForm](form));
  } catch {
    show("failed");
    // heard.js took it for sent; it may be tried again.
    delete form.dataset.sent;
    form.querySelector("[data-passkey]").removeAttribute("aria-busy");
    return;
  }
  form.submit();
}

document.querySelectorAll("[data-passkey-form]").forEach((form) => {
  const button = form.querySelector("[data-passkey]");
  if (!window.PublicKeyCredential) {
    button.hidden = true;
    // On the page of sign-in the password is the way in: nothing is missing there.
    if (form.dataset.passkeyForm !== "enter") show("missing");
    return;
  }
  button.addEventListener("click", (event) => {
    event.preventDefault();
    ask(form);
  });
  // Enter in the name asks the device too, instead of sending a form without its answer.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
});

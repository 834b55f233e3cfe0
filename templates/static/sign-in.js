// Signing in with a passkey, and by the link of a mail in the browser that asked for it. Everything else works without.
"use strict"

const canPasskeys = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON)

// A form asks the device and then sends what the device has said. It is shown only where the browser can do that.
async function askDevice(form) {
  const sent = new URLSearchParams(new FormData(form))
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: sent, redirect: "error" })
  if (!answer.ok) throw new Error(String(answer.status))
  const asked = await answer.json()
  const makes = form.dataset.makes !== undefined
  const publicKey = makes
    ? PublicKeyCredential.parseCreationOptionsFromJSON(asked)
    : PublicKeyCredential.parseRequestOptionsFromJSON(asked)
  const made = await (makes ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }))
  form.elements.antwort.value = JSON.stringify(made.toJSON())
  form.submit()
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!canPasskeys) continue
  for (const place of [form, form.closest("[data-needs-passkeys]")]) place?.removeAttribute("hidden")
  const failed = form.querySelector("[data-failed]")
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    failed.hidden = true
    askDevice(form).catch(() => { failed.hidden = false })
  })
}

for (const place of document.querySelectorAll("[data-without-passkeys]")) place.hidden = canPasskeys

// The browser that asked for the mail need not ask once more; a program that looks through mails is another one.
document.querySelector("form[data-sends-itself]")?.requestSubmit()

// Nothing typed is lost: a form that saves itself says what was not saved, and tries again; a page in another language
// has what was typed; nothing is sent into the void. Without script the buttons of the forms keep everything.
"use strict"

const KEY = "ideenweg/getippt"

// -- a form that saves itself -------------------------------------------------------------------------------------

const FIRST_TRY = 4000, LONGEST_WAIT = 60000
// Where another try alone does not help, somebody has to read what is said.
const FOR_PEOPLE = ["clash", "too_long", "draft_sent", "draft_expired"]

function keepSaving(form) {
  const line = form.querySelector("[role=status]")
  let savedAt = new Date(), typed = false, failed = "", tries = 0, timer = 0, leaves = false

  // As the server tells the time when something was saved.
  const clock = new Intl.DateTimeFormat("de", { timeStyle: "short", timeZone: form.dataset.autosave })
  const again = () => { clearTimeout(timer); htmx.trigger(form, "nochmal") }

  function tell(why) {
    const words = document.getElementById(`ungespeichert-${why}`)
    if (words && !line.querySelector(`[data-unsaved=${why}]`)) line.replaceChildren(words.content.cloneNode(true))
  }

  function settle(answered) {
    if (leaves) return
    const said = answered ? line.querySelector("[data-unsaved]")?.dataset.unsaved : undefined
    if (!said && answered && answered.ok) {
      savedAt = new Date(); typed = false; failed = ""; tries = 0
      return
    }
    const before = failed
    failed = said && answered.status < 500 && answered.status !== 429 ? said : navigator.onLine ? "away" : "offline"
    tell(failed)
    for (const time of line.querySelectorAll("time")) time.textContent = clock.format(savedAt)
    if (FOR_PEOPLE.includes(failed)) return
    // The answer to a form that is too old has brought a new token along: the next try is at once.
    const isRenewed = failed === "form_expired" && before !== failed
    timer = setTimeout(again, isRenewed ? 300 : Math.min(FIRST_TRY * 2 ** tries, LONGEST_WAIT))
    tries += 1
  }

  form.addEventListener("input", () => { typed = true; leaves = false })
  // What is on its way with the whole form is not saved once more: it may be handed in by then.
  form.addEventListener("htmx:beforeRequest", (event) => {
    clearTimeout(timer)
    if (leaves && event.detail.elt === form) event.preventDefault()
  })
  window.addEventListener("pageshow", () => { leaves = false })
  form.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
    if (elt === form) settle(xhr.status ? { status: xhr.status, ok: xhr.status < 300 } : null)
  })
  // Back on line, or back from the window in which somebody has signed in: no need to wait.
  const waits = () => { if (failed && !FOR_PEOPLE.includes(failed)) { tries = 0; again() } }
  window.addEventListener("online", waits)
  window.addEventListener("focus", waits)
  window.addEventListener("offline", () => { if (typed) settle(null) })

  form.addEventListener("submit", (event) => {
    if (["away", "offline"].includes(failed) || !navigator.onLine) {
      event.preventDefault()
      settle(null)
      again()
      return
    }
    leaves = true
    clearTimeout(timer)
    htmx.trigger(form, "htmx:abort")
  })
  window.addEventListener("beforeunload", (event) => { if (failed && !leaves) event.preventDefault() })
  // The last letters before somebody goes.
  window.addEventListener("pagehide", () => {
    if (!typed || failed || leaves) return
    const headers = { "HX-Request": "true" }
    fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers, keepalive: true })
  })
}

for (const form of document.querySelectorAll("form[data-autosave]")) keepSaving(form)

// -- another language ---------------------------------------------------------------------------------------------

const SECRET = ["hidden", "file", "password", "submit", "button"]

const nameOf = (form) => `${form.getAttribute("action")} ${form.elements.event?.value ?? ""}`

function isChanged(field) {
  if (!field.name || SECRET.includes(field.type)) return false
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked
  if (field.tagName === "SELECT") return [...field.options].some((one) => one.selected !== one.defaultSelected)
  return field.value !== field.defaultValue
}

function noteTyped() {
  const typed = []
  for (const form of document.querySelectorAll("main form[method=post]")) {
    [...form.elements].forEach((field, at) => {
      if (isChanged(field)) typed.push([nameOf(form), at, field.name, field.value, Boolean(field.checked)])
    })
  }
  if (typed.length) sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, typed }))
}

function fillIn({ path, typed }) {
  if (path !== location.pathname) return
  const forms = [...document.querySelectorAll("main form[method=post]")]
  for (const [name, at, field, value, checked] of typed) {
    const found = forms.find((form) => nameOf(form) === name)?.elements[at]
    if (found?.name !== field) continue
    if (found.type === "checkbox" || found.type === "radio") found.checked = checked
    else found.value = value
    for (let box = found.closest("details"); box; box = box.parentElement.closest("details")) box.open = true
  }
}

// Without script another language opens beside what is being typed; with it, the text comes along.
for (const link of document.querySelectorAll("header a[hreflang]")) {
  link.removeAttribute("target")
  link.addEventListener("click", noteTyped)
}
const noted = sessionStorage.getItem(KEY)
if (noted) {
  sessionStorage.removeItem(KEY)
  fillIn(JSON.parse(noted))
}

// -- the way back of a step ----------------------------------------------------------------------------------------

for (const form of document.querySelectorAll("form[data-undo]")) {
  const left = form.querySelector(".muted")
  const ticking = setInterval(() => {
    const seconds = Number(left.textContent.match(/\d+/)?.[0] ?? 0) - 1
    if (seconds < 1) { clearInterval(ticking); form.remove(); return }
    left.textContent = left.textContent.replace(/\d+/, seconds)
  }, 1000)
}

// -- no connection ------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target, words = document.getElementById("keine-verbindung")
  if (navigator.onLine || event.defaultPrevented || form.method !== "post" || !words) return
  event.preventDefault()
  form.querySelector("[data-offline]")?.remove()
  form.append(words.content.cloneNode(true))
})

// -- what is ticked: all of a page at once, and how many ------------------------------------------------------------

document.addEventListener("change", ({ target }) => {
  const all = target.dataset.ticks
  if (all) for (const one of document.getElementsByName(all)) one.checked = target.checked
  for (const told of document.querySelectorAll("[data-counts]")) {
    const count = document.querySelectorAll(`[name="${told.dataset.counts}"]:checked`).length
    const words = count ? told.dataset.words.replace("#", count) : ""
    if (told.textContent !== words) told.textContent = words
  }
})

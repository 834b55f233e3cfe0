// What carries aria-keyshortcuts is reached by that key, as long as nobody is typing: a link or button is pressed, a field
// has the focus, what is folded opens, a choice is made, a table goes on to its next line. One that needs no words is sent at once. Who has switched the keys off has none.
"use strict"

const TYPES = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog[open]"

function choose(radio) {
  radio.checked = true
  radio.dispatchEvent(new Event("change", { bubbles: true }))
  const its = radio.closest(".option")
  const needed = its.querySelector("[data-needed]")
  if (!needed) return radio.form.requestSubmit()
  // Prepared words stand there to be read, and Enter sends them; the arrows show others.
  const list = its.querySelector("select.template")
  if (list && !needed.value.trim()) {
    list.selectedIndex = 1
    list.dispatchEvent(new Event("change", { bubbles: true }))
  }
  (list ?? needed).focus()
}

// From one line of the tables of a page to the next, or back; from elsewhere to the first.
function step(by) {
  const lines = [...document.querySelectorAll("table[aria-keyshortcuts] tbody th a")]
  const at = lines.findIndex((line) => line.closest("tr").contains(document.activeElement));
  (lines[at + by] ?? lines[0])?.focus()
}

// What is folded opens with the focus on its first field.
function unfold(folded) {
  folded.open = true
  folded.querySelector("input:not([type=hidden])")?.focus()
}

function press(found, key) {
  if (found.matches("table")) step(key === "j" ? 1 : -1)
  else if (found.matches("[type=radio]")) choose(found)
  else if (found.matches("summary")) unfold(found.parentElement)
  else if (found.matches("form")) found.requestSubmit()
  else if (found.matches("[type=checkbox]")) found.click()
  else if (found.matches("input")) { found.focus(); found.select() }
  else found.click()
}

if (document.body.dataset.keys !== "off") {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (event.key === "Escape" && event.target.closest(".option")) event.target.blur()
    // In a list of prepared words Enter sends what is chosen.
    if (event.key === "Enter" && event.target.matches("select.template") && event.target.value) {
      event.preventDefault()
      event.target.form.requestSubmit()
      return
    }
    if (event.target.closest(TYPES) || event.key.length > 1) return
    const found = document.querySelector(`[aria-keyshortcuts~="${CSS.escape(event.key)}"]`)
    if (!found) return
    event.preventDefault()
    press(found, event.key)
  })
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.hidden = false
    button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal())
  }
}

// Prepared words are shown before they are sent, unless somebody has written others.
for (const list of document.querySelectorAll("select.template")) {
  const field = document.getElementById(list.dataset.fills)
  let filled = ""
  list.addEventListener("change", () => {
    if (field.value.trim() !== filled.trim()) return
    filled = field.value = list.value
  })
}

// The menus of the header are disclosures (https://www.w3.org/WAI/ARIA/apg/patterns/disclosure/) and work without this.
// With it, Escape closes one and returns to its button, and so does whatever happens outside.
for (const menu of document.querySelectorAll("body > header details")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  for (const kind of ["pointerdown", "focusin"]) {
    document.addEventListener(kind, (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }
}

// A row of a table that was opened in place closes in the same way.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) event.target.closest(".opened")?.querySelector("[data-closes]")?.click();
});

// The number beside a slider follows it; without this it says what was asked last.
document.addEventListener("input", (event) => {
  if (event.target.matches("input[type=range]")) event.target.nextElementSibling.value = event.target.value;
});

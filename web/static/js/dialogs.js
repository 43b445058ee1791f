// Dialogs, opened by htmx with a form inside, or by a link for the list of shortcuts; the menus of the header; and what a
// click closes or copies.
const dialogs = (() => {
  "use strict";

  const { byId, announce } = page;
  const dialog = byId("dialog");
  const shortcuts = byId("shortcuts");
  let opener = null;

  function open(box) {
    if (!box || box.open) return;
    opener = document.activeElement;
    const menu = opener.closest("details.pop"); // closes: what was chosen there is on the screen
    if (menu) { menu.open = false; opener = menu.querySelector("summary"); }
    box.showModal();
    const first = box.querySelector("[data-first]");
    if (first) first.focus();
  }
  for (const box of [dialog, shortcuts]) {
    if (!box) continue;
    box.addEventListener("close", () => {
      if (box === dialog) dialog.replaceChildren();
      const back = opener && opener.isConnected ? opener : byId("main");
      opener = null;
      if (back) back.focus();
    });
    box.addEventListener("click", (event) => { // a click beside the box
      if (event.target === box) box.close();
    });
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-close], [data-shortcuts], [data-copy]");
    if (!target) return;
    if (target.hasAttribute("data-close")) {
      const box = target.closest("dialog[open]");
      if (!box) return; // on a page of its own it is a link
      event.preventDefault();
      box.close();
    } else if (target.hasAttribute("data-shortcuts")) {
      event.preventDefault();
      open(shortcuts);
    } else {
      navigator.clipboard.writeText(target.dataset.copy).then(
        () => announce("Copied"),
        () => announce("Could not copy: select the text instead"),
      );
    }
  });
  // Menus of the header close on Escape and on a click elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.pop[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  return { open, dialog, shortcuts };
})();

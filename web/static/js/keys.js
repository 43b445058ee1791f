// Keys: everywhere the ones that the list of shortcuts names, in a tree those of the tree.
(() => {
  "use strict";

  const { byId } = page;
  const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
  let prefixed = 0; // when g was pressed

  function moveRow(step) {
    const links = [...document.querySelectorAll("[data-rows] a.fill")];
    if (links.length === 0) return false;
    const row = document.activeElement.closest("tr");
    const now = links.findIndex((link) => row && row.contains(link));
    const next = now < 0 ? (step > 0 ? 0 : links.length - 1) : now + step;
    if (links[next]) links[next].focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      const menu = event.target.closest("details.pop[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]") || tree.key(event)) return;
    const now = event.timeStamp;
    if (prefixed && now - prefixed < 1500) {
      prefixed = 0;
      const link = document.querySelector(`.nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); return; }
    }
    prefixed = event.key === "g" ? now : 0;
    if (event.key === "/" || event.key === "f") { // find what is anywhere, or filter what is on this page
      const field = event.key === "/" ? byId("q-top") : document.querySelector("[data-search]");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    } else if (event.key === "?") {
      event.preventDefault();
      dialogs.open(dialogs.shortcuts);
    } else if (event.key === "j" || event.key === "k") {
      if (moveRow(event.key === "j" ? 1 : -1)) event.preventDefault();
    } else if (event.key === "x") {
      const row = event.target.closest("[data-rows] tr");
      const box = row && row.querySelector(".pick input");
      if (box) { event.preventDefault(); box.click(); }
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest("[data-rows]")) {
      if (moveRow(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    }
  });
})();

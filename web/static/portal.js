// Keyboard, dialogs, announcements and the busy line. Every page works without this file; nothing here holds state that
// the server does not know, and nothing is evaluated from text (script-src 'self').
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const announce = (text) => { byId("live").textContent = text; };
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  // ── Dialogs: opened by htmx with a form inside, or by a link for the list of shortcuts ──
  const dialog = byId("dialog");
  const shortcuts = byId("shortcuts");
  let opener = null;

  function open(box) {
    if (!box || box.open) return;
    opener = document.activeElement;
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

  // ── Clicks: keep as it is, shortcuts, copy ──
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

  // ── Keys ──
  let prefixed = 0; // when g was pressed

  function moveRow(step) {
    const links = [...document.querySelectorAll("[data-rows] a.fill")];
    if (links.length === 0) return false;
    const now = links.indexOf(document.activeElement);
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
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const now = event.timeStamp;
    if (prefixed && now - prefixed < 1500) {
      prefixed = 0;
      const link = document.querySelector(`.nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); return; }
    }
    prefixed = event.key === "g" ? now : 0;
    if (event.key === "/") {
      const field = document.querySelector("[data-search]") || byId("q-top");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    } else if (event.key === "?") {
      event.preventDefault();
      open(shortcuts);
    } else if (event.key === "j" || event.key === "k") {
      if (moveRow(event.key === "j" ? 1 : -1)) event.preventDefault();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest("[data-rows]")) {
      if (moveRow(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    }
  });

  // ── htmx: busy line after 150 ms, refusals to the nearest message, focus kept, results told ──
  const busy = byId("busy");
  let pending = 0;
  let timer = 0;

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.hasAttribute("data-quiet")) return; // polling
    pending += 1;
    if (pending === 1) timer = setTimeout(() => { busy.hidden = false; }, 150);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.hasAttribute("data-quiet")) return;
    pending = Math.max(0, pending - 1);
    if (pending === 0) { clearTimeout(timer); busy.hidden = true; }
  });

  const messageOf = (element) => element.querySelector("[data-message]") || byId("message");
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status < 400 || xhr.getResponseHeader("HX-Retarget")) return;
    const part = requestConfig.elt.getAttribute("hx-select"); // an answer that redraws the form says what is wrong itself
    if (part && xhr.responseText.includes(`id="${part.slice(1)}"`)) return;
    event.detail.target = messageOf(requestConfig.elt); // what was typed stays where it is
    event.detail.selectOverride = "unset";
    event.detail.swapOverride = "innerHTML";
  });
  document.addEventListener("htmx:beforeHistoryUpdate", (event) => { // the address says what is on the screen
    if (event.detail.xhr.status < 400) return;
    Object.assign(event.detail.history, { type: "replace", path: location.pathname + location.search });
  });
  document.addEventListener("htmx:sendError", (event) => {
    const text = "The portal cannot be reached. Nothing on this page was changed; try again.";
    messageOf(event.detail.elt).textContent = text;
    announce(text);
  });

  let focused = null; // address of the focused link, to find it again in the answer
  document.addEventListener("htmx:beforeSwap", (event) => {
    const active = document.activeElement;
    focused = event.detail.target.contains(active) ? { id: active.id, href: active.getAttribute("href"), text: active.textContent } : null;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const swapped = event.detail.target;
    if (swapped === dialog) { open(dialog); return; }
    const told = document.querySelector("[data-announce]");
    if (told && told.dataset.announce) announce(told.dataset.announce);
    const wrong = document.querySelector("dialog[open] [aria-invalid=true], main [aria-invalid=true]");
    if (wrong && event.detail.xhr.status === 422) { wrong.focus(); return; }
    if (!focused || document.activeElement !== document.body) return;
    const links = [...document.querySelectorAll("main a[href]")];
    const again = (focused.id && byId(focused.id)) ||
      links.find((link) => link.getAttribute("href") === focused.href) ||
      links.find((link) => link.textContent === focused.text) ||
      document.querySelector("[data-announce]");
    if (again) again.focus();
  });
})();

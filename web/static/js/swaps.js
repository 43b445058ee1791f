// htmx: busy line after 150 ms, refusals to the nearest message, focus kept, results told.
(() => {
  "use strict";

  const { byId, busy, announce } = page;

  let pending = 0;
  let timer = 0;

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.hasAttribute("data-quiet")) return; // polling
    messageOf(event.detail.elt).replaceChildren(); // what went wrong before is tried again
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

  document.addEventListener("htmx:beforeSwap", (event) => { // polling takes no form away that somebody is about to send
    if (!event.detail.requestConfig.elt.hasAttribute("data-quiet")) return;
    const form = event.detail.target.querySelector("form:is(:focus-within, :active)");
    const written = [...event.detail.target.querySelectorAll("form input:not([type=hidden]), form textarea")].some((field) => field.value !== field.defaultValue);
    if (form || written) event.detail.shouldSwap = false;
  });

  let focused = null; // address of the focused link, to find it again in the answer
  document.addEventListener("htmx:beforeSwap", (event) => {
    const active = document.activeElement;
    focused = event.detail.target.contains(active) ? { id: active.id, href: active.getAttribute("href"), text: active.textContent } : null;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const swapped = event.detail.target;
    if (swapped === dialogs.dialog) { dialogs.open(swapped); return; }
    tree.read();
    tree.restore();
    selection.read();
    const told = document.querySelector("[data-announce]");
    const polled = event.detail.requestConfig.elt.hasAttribute("data-quiet") && told && told.dataset.announce === byId("live").textContent;
    if (told && told.dataset.announce && !polled && !swapped.hasAttribute("data-silent")) announce(told.dataset.announce);
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

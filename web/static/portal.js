// Keyboard, dialogs, announcements and the busy line. Every page works without this file; nothing here holds state that
// the server does not know, and nothing is evaluated from text (script-src 'self').
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const busy = byId("busy");
  const announce = (text) => { byId("live").textContent = text; };
  const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

  // ── Dialogs: opened by htmx with a form inside, or by a link for the list of shortcuts ──
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
    if (typing(event.target) || document.querySelector("dialog[open]") || treeKey(event)) return;
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
      open(shortcuts);
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

  // ── Selection: the form works by itself; here its rows are counted, chosen in ranges and kept in the address ──
  const boxes = () => [...document.querySelectorAll("#selection tbody .pick input")];
  const chosen = () => boxes().filter((box) => box.checked);

  function readSelection() { // after each drawing, and when a box has changed
    const form = byId("selection");
    if (!form) return 0;
    const all = byId("select-all");
    const n = chosen().length;
    const total = boxes().length;
    all.parentElement.hidden = false;
    all.checked = n > 0 && n === total;
    all.indeterminate = n > 0 && n < total;
    const told = byId("selected");
    told.textContent = n > 0 ? `${n} selected` : told.dataset.none;
    told.className = n > 0 ? "chosen" : "muted";
    for (const button of form.querySelectorAll("button[name=action]")) button.ariaDisabled = n > 0 ? null : "true";
    return n;
  }
  function tellSelection() { // the address names the rows, so that Back and reload find them chosen
    const n = readSelection();
    const url = new URL(location.href);
    url.searchParams.delete("selected");
    const rest = url.searchParams.toString();
    const named = n > 0 ? `selected=${chosen().map((box) => box.value).join(",")}` : "";
    history.replaceState(history.state, "", url.pathname + (rest || named ? "?" : "") + [rest, named].filter(Boolean).join("&"));
    announce(n > 0 ? `${n} selected` : "None selected");
  }
  let last = null; // the box that was changed before: Shift and a click choose all in between
  let shifted = false; // a click on the cell reaches the box without its keys
  document.addEventListener("pointerdown", (event) => { shifted = event.shiftKey; });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.closest("#selection .pick")) return;
    const rows = boxes();
    if (box.id === "select-all") {
      for (const other of rows) other.checked = box.checked;
    } else {
      const from = rows.indexOf(last);
      const to = rows.indexOf(box);
      if (shifted && from >= 0) {
        for (const other of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) other.checked = box.checked;
      }
      last = box;
    }
    shifted = false;
    tellSelection();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "selection" || chosen().length > 0) return;
    event.preventDefault();
    announce(byId("selected").textContent);
  });
  readSelection();

  // ── The tree of organizations: one stop for Tab, arrows inside it, levels fetched when they are opened ──
  const items = () => [...document.querySelectorAll("[role=treeitem]")].filter((item) => item.checkVisibility());
  const labelOf = (item) => item.querySelector(":scope > .row > .name").textContent.trim();

  function stand(item, focus) { // makes an item the tree's one stop
    for (const other of document.querySelectorAll("[role=treeitem][tabindex='0']")) other.tabIndex = -1;
    item.tabIndex = 0;
    if (focus) item.focus();
  }
  function readTree() { // after each drawing: links inside items are reached by Enter, not by Tab
    for (const item of document.querySelectorAll("[role=treeitem]:not([tabindex])")) {
      item.tabIndex = -1;
      for (const link of item.querySelectorAll(":scope > .row :is(a, button)")) link.tabIndex = -1;
      const twist = item.querySelector(":scope > .row > button.tw"); // the item itself tells whether it is open
      if (twist) twist.ariaHidden = "true";
    }
    const stop = document.querySelector("[role=treeitem][tabindex='0']");
    if (stop && stop.checkVisibility()) return;
    const [first] = items();
    if (first) stand(first, false);
  }
  let restoring = false; // what the address opens and the page had no room for is being fetched
  function tellAddress() { // the address names the open ones, so that Back and reload find them again: see openOrgs
    if (restoring) return;
    const tree = document.querySelector("[role=tree]");
    const open = items().filter((item) => item.ariaExpanded === "true");
    const above = new Set(open.map((item) => item.parentElement.closest("[role=treeitem]"))); // open, because these are
    const names = [];
    for (const item of open) {
      const shown = item.querySelectorAll(":scope > [role=group] > [data-uid]").length;
      if (shown > Number(tree.dataset.level)) names.push(`${item.dataset.uid}~${shown}`);
      else if (!above.has(item)) names.push(item.dataset.uid);
    }
    history.replaceState(history.state, "", `${location.pathname}?open=${names.slice(0, Number(tree.dataset.most)).join(",") || "none"}`);
  }
  async function fetchItems(url, item) { // answers the items, or nothing when the person was told why not
    item.ariaBusy = "true";
    const late = setTimeout(() => { busy.hidden = false; }, 150);
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
      if (answer.headers.has("HX-Redirect")) { location.assign(answer.headers.get("HX-Redirect")); return null; }
      if (!answer.ok) throw new Error(String(answer.status));
      return [...new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html").querySelector("ul").children];
    } catch {
      const text = "These organizations could not be read. Try again.";
      byId("message").textContent = text;
      announce(text);
      return null;
    } finally {
      clearTimeout(late);
      busy.hidden = true;
      item.ariaBusy = null;
    }
  }
  const addressed = (url) => { // while restoring, what lies below is drawn as the address opens it
    if (!restoring) return url;
    const open = new URLSearchParams(location.search).get("open");
    return `${url}${url.includes("?") ? "&" : "?"}open=${open}`;
  };
  async function toggle(item, open) { // answers whether it is done
    if (item.ariaBusy === "true" || !item.dataset.children) return false;
    let group = item.querySelector(":scope > [role=group]");
    if (open && !group) {
      const level = await fetchItems(addressed(item.dataset.children), item);
      if (!level) return false;
      group = document.createElement("ul");
      group.setAttribute("role", "group");
      group.append(...level);
      item.append(group);
    }
    group.hidden = !open;
    item.ariaExpanded = String(open);
    item.querySelector(":scope > .row > .tw").ariaLabel = `${open ? "Close" : "Open"} ${labelOf(item)}`;
    readTree();
    if (restoring) return true;
    announce(`${labelOf(item)}: ${open ? `${group.querySelectorAll(":scope > [data-uid]").length} shown` : "closed"}`);
    tellAddress();
    return true;
  }
  async function showMore(rest) { // answers whether it is done
    if (rest.ariaBusy === "true") return false;
    const level = await fetchItems(addressed(rest.querySelector("a[data-more]").dataset.more), rest);
    if (!level || level.length === 0) return false;
    const had = rest.contains(document.activeElement);
    const stop = rest.tabIndex === 0;
    rest.replaceWith(...level);
    if (had || stop) stand(level[0], had);
    readTree();
    if (restoring) return true;
    stand(level[0], had);
    announce(`${level.filter((item) => item.dataset.uid).length} more shown`);
    tellAddress();
    return true;
  }
  async function restoreTree() { // fetches what the address opens and the page had no room for
    const next = () => [...document.querySelectorAll("[role=tree] [data-unfinished]")].slice(0, 4);
    const fetched = (item) => {
      item.removeAttribute("data-unfinished");
      return item.matches("a") ? showMore(item.closest("[role=treeitem]")) : toggle(item, true);
    };
    if (restoring || next().length === 0) return;
    restoring = true;
    let done = true; // or the person was told why not
    for (let some = next(); some.length > 0 && done; some = next()) done = (await Promise.all(some.map(fetched))).every(Boolean);
    restoring = false;
    standWhereLeft();
    if (done) tellAddress(); // something else may have been opened or closed meanwhile
  }
  function standWhereLeft() {
    const item = history.state?.left && document.querySelector(`[role=treeitem][data-uid="${CSS.escape(history.state.left)}"]`);
    if (item && item.checkVisibility() && document.activeElement === document.body) stand(item, true);
  }
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const name = event.target.closest("[role=treeitem][data-uid] > .row > .name"); // Back leads to the item that one left by
    if (name) history.replaceState({ ...history.state, left: name.closest("[role=treeitem]").dataset.uid }, "");
    const link = event.target.closest("[role=treeitem] button.tw, [role=treeitem] a[data-more]");
    if (!link) return;
    event.preventDefault();
    const item = link.closest("[role=treeitem]");
    if (link.dataset.more) { showMore(item); return; }
    stand(item, true);
    toggle(item, item.ariaExpanded !== "true");
  });

  const pause = 1000; // ms, as the browser's own lists wait
  let typed = "";
  let typedAt = -pause;
  function jump(letter, now, item) {
    typed = now - typedAt < pause ? typed + letter : letter;
    typedAt = now;
    const all = items();
    const at = all.indexOf(item) + (typed.length > 1 ? 0 : 1);
    const found = [...all.slice(at), ...all.slice(0, at)].find((other) => labelOf(other).toLocaleLowerCase().startsWith(typed));
    if (found) stand(found, true);
  }
  function treeKey(event) { // answers whether the key was the tree's
    const item = event.target.closest("[role=treeitem]");
    if (!item) return false;
    const all = items();
    const at = all.indexOf(item);
    const go = (to) => { if (to) stand(to, true); };
    if (event.key.length > 1) typedAt = -pause; // what was typed before a step is another name
    switch (event.key) {
      case "ArrowDown": go(all[at + 1]); break;
      case "ArrowUp": go(all[at - 1]); break;
      case "Home": go(all[0]); break;
      case "End": go(all.at(-1)); break;
      case "ArrowRight":
        if (item.ariaExpanded === "false") toggle(item, true);
        else if (item.ariaExpanded === "true") go(all[at + 1]);
        break;
      case "ArrowLeft":
        if (item.ariaExpanded === "true") toggle(item, false);
        else go(item.parentElement.closest("[role=treeitem]"));
        break;
      case "Enter": item.querySelector(":scope > .row > .name").click(); break;
      default:
        if (event.key.length !== 1 || "/?".includes(event.key) || event.key === " " && event.timeStamp - typedAt >= pause) return false;
        jump(event.key.toLocaleLowerCase(), event.timeStamp, item);
    }
    event.preventDefault();
    return true;
  }
  readTree();
  standWhereLeft();
  restoreTree();

  // ── htmx: busy line after 150 ms, refusals to the nearest message, focus kept, results told ──
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
    if (swapped === dialog) { open(dialog); return; }
    readTree();
    restoreTree();
    readSelection();
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

// The tree of organizations: one stop for Tab, arrows inside it, levels fetched when they are opened.
const tree = (() => {
  "use strict";

  const { byId, busy, announce } = page;

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

  return { key: treeKey, read: readTree, restore: restoreTree };
})();

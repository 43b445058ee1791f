// Selection: the form works by itself; here its rows are counted, chosen in ranges and kept in the address.
const selection = (() => {
  "use strict";

  const { byId, announce } = page;

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

  return { read: readSelection };
})();

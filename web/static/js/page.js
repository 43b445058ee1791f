// What the parts of the script share; they travel as one file, in the order that static.go gives. Every page works without
// script; nothing here holds state that the server does not know, and nothing is evaluated from text (script-src 'self').
const page = (() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const busy = byId("busy");
  const announce = (text) => { byId("live").textContent = text; };

  return { byId, busy, announce };
})();

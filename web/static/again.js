// Waits for a box that starts anew, then goes to its first page.
"use strict";
(() => {
  const FIRST_MS = 8000;
  const NEXT_MS = 2000;
  async function ask() {
    try {
      if ((await fetch("/healthz", { cache: "no-store" })).ok) { location.assign("/"); return; }
    } catch { /* not there yet */ }
    setTimeout(ask, NEXT_MS);
  }
  setTimeout(ask, FIRST_MS);
})();

// The levels of the call on this line, as they are now.
"use strict";
(() => {
  const place = document.getElementById("levels");
  if (!place) return;
  const state = document.getElementById("level-state");
  const show = (id, level) => {
    document.getElementById(id).value = level ?? -60;
    const words = level === undefined ? "–" : level <= -99 ? "…" : `${Math.round(level)} dBm0`;
    document.getElementById(`${id}-words`).textContent = words;
  };
  const events = new EventSource(place.dataset.levels);
  events.onmessage = (event) => {
    const now = JSON.parse(event.data);
    place.hidden = false;
    show("level-in", now.in);
    show("level-out", now.out);
    const loud = now.clipped_in > 50 || now.clipped_out > 50;
    state.textContent = !now.talking ? place.dataset.idle : loud ? place.dataset.loud : "";
  };
  events.addEventListener("over", () => { place.hidden = true; events.close(); });
  window.addEventListener("pagehide", () => events.close());
})();

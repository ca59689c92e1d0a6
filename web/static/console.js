// The modem's dialog, line by line, as it happens.
"use strict";
(() => {
  const screen = document.querySelector("[data-console]");
  const state = document.getElementById("console-state");
  if (!screen) return;
  const events = new EventSource(screen.dataset.console);
  events.onopen = () => { state.textContent = state.dataset.on; };
  events.onmessage = (event) => {
    const told = JSON.parse(event.data);
    screen.append(`${told.at}  ${told.sent ? ">" : "<"} ${told.text}\n`);
    if (screen.textContent.length > 60000) screen.textContent = screen.textContent.slice(-40000);
    screen.scrollTop = screen.scrollHeight;
  };
  events.addEventListener("over", (event) => { state.textContent = JSON.parse(event.data); events.close(); });
  events.onerror = () => { state.textContent = state.dataset.off; };
  window.addEventListener("pagehide", () => events.close());
})();

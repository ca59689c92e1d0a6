// Keeps the part of a page that is marked data-live as the box has it: by server-sent events, else by asking every 2 s.
"use strict";
(() => {
  const part = document.querySelector("[data-live]");
  if (!part) return;
  const address = part.dataset.live;
  let tag = "";
  let polling = 0;

  function put(html) {
    const focused = document.activeElement && part.contains(document.activeElement) ? document.activeElement : null;
    const id = focused && focused.id;
    const target = document.createElement("template");
    target.innerHTML = html;
    part.replaceChildren(target.content);
    if (id && document.getElementById(id)) document.getElementById(id).focus();
  }

  async function ask() {
    try {
      const answer = await fetch(address, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", redirect: "manual" });
      if (answer.status === 200) { tag = answer.headers.get("ETag") || ""; put(await answer.text()); }
      else if (answer.status !== 304) location.reload();
    } catch { /* the box is away; asked again */ }
  }

  function poll() { if (!polling) polling = setInterval(ask, 2000); }

  if (!window.EventSource) { poll(); return; }
  let events = null;
  function open() {
    events = new EventSource(address + "/stream");
    events.onmessage = (event) => put(event.data);
    events.addEventListener("over", () => location.reload());
    events.addEventListener("down", () => location.reload());
    events.onerror = () => { if (events.readyState === EventSource.CLOSED) poll(); };
  }
  // A page in the background gives its seat to others.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { if (events) events.close(); clearInterval(polling); polling = 0; }
    else { ask(); open(); }
  });
  open();
})();

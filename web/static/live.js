// Keeps the part of a page that is marked data-live as the box has it: by server-sent events, else by asking every 2 s.
"use strict";
(() => {
  const part = document.querySelector("[data-live]");
  if (!part) return;
  const address = part.dataset.live;
  let tag = "";
  let polling = 0;

  // Changes only what differs: a button that somebody is about to press stays the same button.
  function morph(old, now) {
    if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName || old.id !== now.id) { old.replaceWith(now); return; }
    if (old.nodeType !== Node.ELEMENT_NODE) { if (old.nodeValue !== now.nodeValue) old.nodeValue = now.nodeValue; return; }
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    children(old, now);
  }

  function children(old, now) {
    const [before, after] = [[...old.childNodes], [...now.childNodes]];
    after.forEach((node, at) => { if (at < before.length) morph(before[at], node); else old.append(node); });
    before.slice(after.length).forEach((node) => node.remove());
  }

  function put(html) {
    const target = document.createElement("template");
    target.innerHTML = html;
    children(part, target.content);
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

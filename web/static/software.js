// An update is sent in pieces, so that what has arrived is shown and nothing lies in memory twice; then how it goes is
// asked until the box has restarted. Without this script the browser sends the form whole, and loads the page again.
"use strict";
(() => {
  const PIECE = 512 * 1024;
  const EACH_MS = 2000;
  const TRIES = 15; // with EACH_MS between them: a phone that walks from one room to the next, a page that is made anew
  const part = document.getElementById("software");

  async function ask() {
    try {
      const reply = await fetch("/settings/software/part", { cache: "no-store", redirect: "manual" });
      if (reply.type === "opaqueredirect" || reply.status === 403) { location.assign("/"); return; }
      if (reply.ok) {
        part.innerHTML = await reply.text();
        if (!part.querySelector("[data-goes-on]")) { location.reload(); return; }
      }
    } catch { /* the box restarts */ }
    setTimeout(ask, EACH_MS);
  }
  if (part.querySelector("[data-goes-on]")) setTimeout(ask, EACH_MS);

  // A connection may be lost in the middle of a piece, which is then sent once more.
  async function post(address, body) {
    for (let tries = 1; ; tries++) {
      try {
        return await fetch(address, { method: "POST", body, redirect: "manual" });
      } catch (lost) {
        if (tries === TRIES) throw lost;
        await new Promise((then) => setTimeout(then, EACH_MS));
      }
    }
  }

  async function send(form, told) {
    const file = form.elements.file.files[0];
    const bar = form.querySelector("progress");
    bar.hidden = false;
    for (let at = 0; at < file.size; at += PIECE) {
      const body = new FormData();
      body.append("csrf", form.elements.csrf.value);
      body.append("at", String(at));
      body.append("size", String(file.size));
      body.append("file", file.slice(at, at + PIECE), "piece");
      const reply = await post(form.dataset.pieces, body);
      if (!reply.ok) {
        told.textContent = reply.status === 409 ? await reply.text() : told.dataset.lost;
        return false;
      }
      bar.value = Math.min(1, (at + PIECE) / file.size);
    }
    return true;
  }
  document.querySelectorAll("form[data-pieces]").forEach((form) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      const told = form.querySelector("[role=alert]");
      told.hidden = true;
      button.disabled = true;
      try {
        if (await send(form, told)) { document.getElementById("check").submit(); return; }
      } catch { told.textContent = told.dataset.lost; }
      told.hidden = false;
      button.disabled = false;
    });
  });
})();

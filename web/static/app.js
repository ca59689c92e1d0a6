// Makes the page an app that can be installed. Behind a certificate that the browser does not know it stays a page.
"use strict";
(() => {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
  const place = document.getElementById("install");
  window.addEventListener("beforeinstallprompt", (event) => {
    if (!place) return;
    event.preventDefault();
    place.hidden = false;
    place.querySelector("button").addEventListener("click", () => event.prompt());
  });
  window.addEventListener("appinstalled", () => { if (place) place.hidden = true; });
})();

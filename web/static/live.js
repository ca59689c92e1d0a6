// htmx keeps the part of a page that has hx-sse:connect as the box has it, and holds still in the background. What it
// cannot know: a visitor who was logged out, or a gateway that left, is shown by loading the whole page again.
"use strict";
(() => {
  const again = () => setTimeout(() => location.reload(), 500);
  // A way to the login page must not be followed into the middle of this one.
  document.addEventListener("htmx:config:request", (event) => { event.detail.ctx.request.redirect = "manual"; });
  document.addEventListener("htmx:before:response", (event) => {
    if ((event.detail.ctx.response.headers.get("Content-Type") || "").startsWith("text/event-stream")) return;
    event.preventDefault();
    again();
  });
  // Without a status the box is away; it is asked again.
  document.addEventListener("htmx:sse:error", (event) => { if (event.detail.status !== undefined) again(); });
  // Its first try is the only one that htmx does not repeat by itself.
  document.addEventListener("htmx:error", (event) => {
    const place = event.target;
    if (place.id === "live" && !place._htmx?.sse) setTimeout(() => htmx.trigger(place, "again"), 1000);
  });
  for (const end of ["over", "down"]) document.addEventListener(end, again);
})();

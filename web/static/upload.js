// Shows how far an upload is; without this script the browser sends the form by itself.
"use strict";
document.querySelectorAll("form[data-progress]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const bar = form.querySelector("progress");
    const request = new XMLHttpRequest();
    bar.hidden = false;
    request.upload.onprogress = (sent) => { if (sent.lengthComputable) bar.value = sent.loaded / sent.total; };
    request.onload = () => {
      if (request.status === 200) location.assign(request.responseURL);
      else { document.open(); document.write(request.responseText); document.close(); }
    };
    request.onerror = () => { bar.hidden = true; form.submit(); };
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
});

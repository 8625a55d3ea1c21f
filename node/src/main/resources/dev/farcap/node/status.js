// Keeps the page as it is now: fetches it again, one request at a time, and takes over what differs.
// What is the same stays untouched, with the reader's selection and place.
"use strict";

const PAUSE_MS = 1000;
const PATIENCE_MS = 5000;

async function follow() {
  // Nobody looks: no request.
  if (!document.hidden) {
    try {
      const answer = await fetch("/", {cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS)});
      if (!answer.ok) throw new Error(answer.statusText);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      takeOver(document.querySelector("main"), fresh.querySelector("main"));
      document.title = fresh.title;
      say("Follows what changes.");
    } catch {
      say("No answer; the page shows what was.");
    }
  }
  setTimeout(follow, PAUSE_MS);
}

function takeOver(shown, fresh) {
  const parts = [...shown.childNodes], now = [...fresh.childNodes];
  if (parts.length !== now.length || !shown.cloneNode().isEqualNode(fresh.cloneNode())) {
    shown.replaceWith(fresh);
  } else {
    parts.forEach((part, i) => takeOver(part, now[i]));
  }
}

function say(text) {
  const live = document.getElementById("live");
  // Said again it would be read out again.
  if (live.textContent !== text) live.textContent = text;
}

follow();

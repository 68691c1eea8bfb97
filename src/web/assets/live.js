// Keeps parts of a page fresh. An element with data-live="URL" is filled again with what that URL answers: every
// data-live-every seconds, and at once when one of the fields named in data-live-fields changes (their values are
// added to the address). The page works without this file; it only saves pressing a button.

const WAIT_AFTER_TYPING = 250;

for (const part of document.querySelectorAll("[data-live]")) {
  const names = (part.dataset.liveFields ?? "").split(" ").filter(Boolean);
  const every = Number(part.dataset.liveEvery ?? 0) * 1000;
  let newest = 0;
  let timer = 0;

  const address = () => {
    const url = new URL(part.dataset.live, location.href);
    for (const name of names) {
      const field = document.querySelector(`[name="${name}"]`);
      if (field) url.searchParams.set(name, field.value);
    }
    return url;
  };

  const refresh = async () => {
    const mine = ++newest;
    part.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address(), { credentials: "same-origin" });
      if (answer.status === 401) location.reload();
      if (mine !== newest) return;
      if (answer.ok) {
        part.innerHTML = await answer.text();
        if (part.querySelector("[data-live-done]")) clearInterval(timer);
      }
    } catch {
      // The next round tries again; what stands there was true a moment ago.
    } finally {
      if (mine === newest) part.removeAttribute("aria-busy");
    }
  };

  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, WAIT_AFTER_TYPING);
  };
  for (const name of names) {
    for (const field of document.querySelectorAll(`[name="${name}"]`)) field.addEventListener("input", soon);
  }
  if (every > 0) {
    timer = setInterval(() => {
      if (!document.hidden) refresh();
    }, every);
  }
}

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

  const refresh = async (asked) => {
    const mine = ++newest;
    part.setAttribute("aria-busy", "true");
    try {
      // What nobody asked for doesn't keep the session alive.
      const headers = asked ? {} : { "x-musubi-unasked": "1" };
      const answer = await fetch(address(), { credentials: "same-origin", headers });
      if (mine !== newest) return;
      if (answer.status === 401) return signedOut();
      if (answer.ok) {
        part.innerHTML = await answer.text();
        // Over: the rest of the page (its buttons, its state) is out of date now, too.
        if (part.querySelector("[data-live-done]")) location.reload();
      }
    } catch {
      // The next round tries again; what stands there was true a moment ago.
    } finally {
      if (mine === newest) part.removeAttribute("aria-busy");
    }
  };

  // A form with words in it is never loaded again: they would be lost.
  const signedOut = () => {
    clearInterval(timer);
    if (names.length === 0) location.reload();
    else part.textContent = "しばらく操作がなかったため、ログアウトしました。別のタブでログインすると、続けられます。";
  };

  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => refresh(true), WAIT_AFTER_TYPING);
  };
  for (const name of names) {
    for (const field of document.querySelectorAll(`[name="${name}"]`)) field.addEventListener("input", soon);
  }
  if (every > 0 && !part.querySelector("[data-live-done]")) {
    timer = setInterval(() => {
      if (!document.hidden) refresh(false);
    }, every);
  }
}

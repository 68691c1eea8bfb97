// A stand-in for LINE's LIFF SDK, with the part of its interface that Musubi's pages use. Our own code: it talks to
// the simulator's phone, never to LINE. What the redirect brought in the fragment is kept for this tab only and is
// taken out of the address at once; nothing is logged.
(() => {
  "use strict";

  const KEPT = "musubi.liff";
  let session = null;
  let started = null;

  class LiffError extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  }

  function arrival() {
    const given = new URLSearchParams(location.hash.slice(1));
    if (!given.has("sim.origin")) return JSON.parse(sessionStorage.getItem(KEPT) || "null");
    const fresh = {
      origin: given.get("sim.origin"),
      inClient: given.get("sim.client") === "1",
      language: given.get("sim.language") || navigator.language,
      idToken: given.get("id_token"),
    };
    sessionStorage.setItem(KEPT, JSON.stringify(fresh));
    history.replaceState(history.state, "", location.pathname + location.search);
    return fresh;
  }

  // LINE's secondary redirect: from the endpoint URL to the page that was asked for behind the LIFF id.
  function goOn() {
    const here = new URL(location.href);
    const state = here.searchParams.get("liff.state");
    if (state === null) return false;
    here.searchParams.delete("liff.state");
    const [path, query] = state.split(/\?(.*)/s);
    here.pathname = here.pathname.replace(/\/$/, "") + (path.startsWith("/") || path === "" ? path : "/" + path);
    for (const [name, value] of new URLSearchParams(query || "")) here.searchParams.append(name, value);
    if (here.href.split("#")[0] === location.href.split("#")[0]) return false;
    location.replace(here.href);
    return true;
  }

  function claims() {
    if (!session || !session.idToken) return null;
    const part = session.idToken.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(part));
  }

  function tell(what, more) {
    if (session && window.parent !== window) {
      window.parent.postMessage({ musubi: "liff", what, ...more }, session.origin);
    }
  }

  let opened;
  const ready = new Promise((resolve) => { opened = resolve; });

  const liff = {
    id: null,
    ready,
    init(config, done, failed) {
      started ??= new Promise((resolve, reject) => {
        if (!config || !config.liffId) {
          reject(new LiffError("INVALID_CONFIG", "liffId is necessary for liff.init()"));
          return;
        }
        liff.id = config.liffId;
        session = arrival();
        // While the browser goes on to the real page this one must not act; the promise stays open.
        if (goOn()) return;
        opened();
        resolve();
      });
      return started.then(done, failed || ((error) => { throw error; }));
    },
    isInClient: () => Boolean(session && session.inClient),
    isLoggedIn: () => Boolean(session && session.idToken),
    isApiAvailable: () => false,
    getIDToken: () => (session && session.idToken) || null,
    getDecodedIDToken: claims,
    getLanguage: () => (session && session.language) || navigator.language,
    getAppLanguage: () => (session && session.language) || navigator.language,
    getOS: () => "web",
    getVersion: () => "2.0.0-simulator",
    getLineVersion: () => null,
    getContext: () => (session && session.inClient ? { type: "utou", viewType: "full" } : { type: "external" }),
    login() {
      if (session) location.assign(session.origin + "/phone");
    },
    logout() {
      sessionStorage.removeItem(KEPT);
      session = session && { ...session, idToken: null };
    },
    openWindow({ url, external } = {}) {
      if (liff.isInClient() && window.parent !== window) tell("open", { url, external: Boolean(external) });
      else window.open(url, "_blank", "noopener");
    },
    closeWindow() {
      if (window.parent !== window) tell("close");
      else window.close();
    },
  };

  window.liff = liff;
})();

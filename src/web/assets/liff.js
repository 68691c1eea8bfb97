// The one script of the residents' pages: asks LINE who holds the phone and brings LINE's token to the server, which
// has LINE verify it. It decides nothing, keeps nothing and shows nothing of the token.

const door = document.getElementById("door");

function show(id) {
  for (const other of ["wait", "failed", "trouble"]) {
    const part = document.getElementById(other);
    if (part) part.hidden = other !== id;
  }
  const again = document.getElementById("again");
  again.hidden = id === "wait";
}

async function enter() {
  show("wait");
  try {
    await window.liff.init({ liffId: door.dataset.liffId });
    if (!window.liff.isLoggedIn()) {
      if (window.liff.isInClient()) return show("failed");
      // This leaves the page; whoever is still here after a while is told where to open it.
      setTimeout(() => show("failed"), 5000);
      return window.liff.login({ redirectUri: location.href });
    }
    const token = window.liff.getIDToken();
    if (!token) return show("failed");
    door.elements.id_token.value = token;
    door.submit();
  } catch {
    show("failed");
  }
}

door.addEventListener("submit", (event) => {
  event.preventDefault();
  enter();
});

if ("starts" in door.dataset) enter();

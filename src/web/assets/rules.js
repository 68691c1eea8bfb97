// The builder of a rule: its buttons work in place, and figures, dates and faults follow what is typed. Everything is
// asked of the server, which answers the whole form; the parts are put in place here. It works without this file.

const form = document.getElementById("rule");
const announce = document.getElementById("announce");
const WAIT_AFTER_TYPING = 300;
// These leave the page.
const WHOLE = new Set(["save"]);
let newest = 0;
let waiting = 0;
let said = "";

const builder = () => document.getElementById("builder");

async function ask(deed) {
  const mine = ++newest;
  clearTimeout(waiting);
  const body = new URLSearchParams(new FormData(form));
  body.set("do", deed);
  builder().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "x-musubi-part": "1" } });
    if (mine !== newest) return null;
    if (answer.status === 401) {
      say("しばらく操作がなかったため、ログアウトしました。別のタブでログインすると、続けられます。");
      return null;
    }
    if (!answer.ok) return null;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    return mine === newest ? holder.content.getElementById("builder") : null;
  } catch {
    // The next key press tries again; nothing typed is lost.
    return null;
  } finally {
    if (mine === newest) builder().removeAttribute("aria-busy");
  }
}

function say(text) {
  if (text && text !== said) announce.textContent = text;
  said = text;
}

/** How many it comes to and what is wrong, in one sentence. */
function summary() {
  const people = document.querySelector("[data-recipients]");
  const wrong = document.querySelectorAll("#troubles li.bad").length;
  const parts = [];
  if (people) parts.push(`届く人数 ${people.textContent}`);
  if (wrong) parts.push(`直すところ ${wrong}件`);
  return parts.join("、");
}

/** Puts the parts that say something in place; the controls stay as they are, and so does the focus. */
function replaceParts(fresh) {
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (old && old.innerHTML !== part.innerHTML) old.innerHTML = part.innerHTML;
  }
  const text = form.elements.text;
  const before = form.elements.text_before;
  const isOwn = text.value.trimEnd() !== before.value.trimEnd();
  if (!isOwn && document.activeElement !== text) {
    text.value = fresh.querySelector("#text").value;
    before.value = fresh.querySelector("#text_before").value;
  }
}

/** Details stay open or closed as the person left them. */
function keepOpen(fresh) {
  for (const one of builder().querySelectorAll("details[id]")) {
    const same = fresh.querySelector(`#${CSS.escape(one.id)}`);
    if (same && one.open) same.open = true;
  }
}

/** Everything in place, the focus where the eye expects it. */
function replaceAll(fresh, focus, verb) {
  keepOpen(fresh);
  const { focus: wanted, said: done } = fresh.dataset;
  builder().replaceWith(fresh);
  fresh.querySelector("#did")?.remove();
  const goal = document.getElementById(wanted) ?? document.getElementById(focus);
  if (goal) {
    if (goal.tagName === "DETAILS") goal.open = true;
    const button = ["up", "down", "in", "out"].includes(verb) && goal.querySelector(`:scope > .node-tools button[value^="${verb}:"]`);
    const control = goal.matches("input, select, textarea, button") ? goal : goal.querySelector("select, input:not([type=hidden]), textarea");
    (button || control || goal).focus();
    goal.scrollIntoView({ block: "nearest" });
  }
  say([done, summary()].filter(Boolean).join(" "));
}

async function press(deed) {
  const focus = document.activeElement?.id;
  const fresh = await ask(deed);
  if (fresh) replaceAll(fresh, focus, deed.split(":")[0]);
}

async function follow(deed) {
  const fresh = await ask(deed);
  if (!fresh) return;
  replaceParts(fresh);
  say(summary());
}

form.addEventListener("submit", (event) => {
  const deed = event.submitter?.value ?? "refresh";
  if (WHOLE.has(deed)) return;
  event.preventDefault();
  press(deed);
});

form.addEventListener("input", (event) => {
  const { target } = event;
  if (target.name.startsWith("add.") || target.name === "why") return;
  if (target.type === "checkbox") tick(target);
  clearTimeout(waiting);
  const next = () => {
    if (target.matches("[data-redraws]")) press("refresh");
    else follow(target.name === "text" ? "check" : "refresh");
  };
  waiting = setTimeout(next, WAIT_AFTER_TYPING);
});

/** The folded list of boxes says at once what is ticked. */
function tick(box) {
  const list = box.closest("details.ticks");
  if (!list) return;
  const words = [...list.querySelectorAll("input:checked")].map((one) => one.nextElementSibling.textContent);
  list.querySelector("[data-chosen]").textContent = words.join("、") || "まだ選ばれていません";
}

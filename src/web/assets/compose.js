// The form of a broadcast: the phone beside it shows what is being typed, each field says its length, and a blank is put in
// at a press. The form works without this file. The server counts and draws; nothing is counted here.

const WAIT_AFTER_TYPING = 300;

const form = document.getElementById("compose");
const phone = form.querySelector("[data-preview]");
const named = form.querySelector("[data-preview-language]");
let language = "ja";
let newest = 0;
let waiting = 0;
let lastText = null;

// What is typed, without the pictures: those go with the form itself.
function typed() {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  fields.set("preview-language", language);
  return fields;
}

async function preview() {
  const mine = ++newest;
  const summary = form.querySelector(`[data-language="${language}"] summary span`);
  named.textContent = summary ? summary.firstChild.textContent : "";
  try {
    const answer = await fetch(phone.dataset.preview, { method: "POST", body: typed(), credentials: "same-origin" });
    if (mine !== newest || !answer.ok) return;
    phone.innerHTML = await answer.text();
    showLengths();
  } catch {
    // The next key press asks again; what stands there was true a moment ago.
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(preview, WAIT_AFTER_TYPING);
}

// Puts what the server says of each length where the field is; what it says nothing of any more is empty.
function showLengths() {
  const stale = new Set(form.querySelectorAll(".count"));
  for (const one of phone.querySelectorAll("[data-lengths] li")) stale.delete(showLength(one));
  for (const said of stale) said.textContent = "";
}

function showLength(one) {
  const at = document.getElementById(one.dataset.field);
  if (!at) return null;
  let said = document.getElementById(`${at.id}-count`);
  if (!said) {
    said = document.createElement("p");
    said.className = "hint count";
    said.id = `${at.id}-count`;
    if (at.matches("input, textarea")) at.after(said);
    else at.append(said);
    const described = at.getAttribute("aria-describedby");
    at.setAttribute("aria-describedby", described ? `${described} ${said.id}` : said.id);
  }
  said.textContent = one.textContent;
  said.classList.toggle("over", "over" in one.dataset);
  return said;
}

// A button for each blank, which puts it in where the cursor was last.
for (const word of form.querySelectorAll("[data-blank]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.textContent = "本文に入れる";
  button.setAttribute("aria-label", `${word.dataset.blank}を本文に入れる`);
  button.addEventListener("click", () => {
    const field = lastText?.isConnected ? lastText : form.querySelector("[data-blanks]");
    if (!field) return;
    field.closest("details")?.setAttribute("open", "");
    field.setRangeText(`{${word.dataset.blank}}`, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  word.append(" ", button);
}

form.addEventListener("input", soon);
form.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-blanks]")) lastText = event.target;
  const variant = event.target.closest("[data-language]");
  if (variant && variant.dataset.language !== language) {
    language = variant.dataset.language;
    preview();
  }
});
showLengths();
// With a script the page is where it was; without one the address says where to go on reading.
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.querySelector("input:not([type=hidden]), textarea")?.focus();

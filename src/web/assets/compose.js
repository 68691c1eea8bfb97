// The form of a broadcast: the phone beside it shows what is being typed, and each text says its length as LINE counts
// it. The form works without this file; the server counts again.

const form = document.getElementById("compose");
const phone = form.querySelector("[data-preview]");
const named = form.querySelector("[data-preview-language]");
const graphemes = new Intl.Segmenter("ja", { granularity: "grapheme" });
let language = "ja";

const isCard = () => form.elements.kind.value === "card";
const value = (name) => form.elements[name]?.value ?? "";

function element(tag, kind, text) {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = text;
  return made;
}

function bubble() {
  if (!isCard()) return element("p", "bubble", value(`text.${language}`).trimEnd());
  const card = element("div", "bubble card", "");
  card.append(element("p", "card-title", value(`title.${language}`).trim()));
  card.append(element("p", "card-text", value(`text.${language}`).trimEnd()));
  for (const field of form.querySelectorAll(`[name^="label.${language}."]`)) {
    if (field.value.trim()) card.append(element("p", "card-button", field.value.trim()));
  }
  return card;
}

function preview() {
  const talk = phone.querySelector(".phone-talk");
  phone.querySelector(".phone").lang = language === "ja-easy" ? "ja" : language;
  talk.replaceChildren(bubble());
  phone.querySelector(".phone-links")?.remove();
  const summary = form.querySelector(`[data-language="${language}"] summary span`);
  named.textContent = summary ? summary.firstChild.textContent : "";
}

function count(field) {
  const length = field.dataset.count === "graphemes" ? [...graphemes.segment(field.value)].length : field.value.length;
  const limit = Number((isCard() && field.dataset.limitCard) || field.dataset.limit);
  let said = document.getElementById(`${field.id}-count`);
  if (!said) {
    said = element("p", "hint count", "");
    said.id = `${field.id}-count`;
    field.after(said);
  }
  said.textContent = `${length.toLocaleString()} / ${limit.toLocaleString()}文字`;
  said.classList.toggle("over", length > limit);
}

function all() {
  form.classList.toggle("is-text", !isCard());
  for (const field of form.querySelectorAll("[data-count]")) count(field);
  preview();
}

form.addEventListener("input", (event) => {
  if (event.target.dataset.count) count(event.target);
  if (event.target.name === "kind") all();
  else preview();
});
form.addEventListener("focusin", (event) => {
  const variant = event.target.closest("[data-language]");
  if (variant && variant.dataset.language !== language) {
    language = variant.dataset.language;
    preview();
  }
});
all();

// The phone: a list of people, and the talk of one of them. Shows what the platform says and passes on what the
// visitor does; keeps nothing of its own. News arrive over one stream of server-sent events.

import { drawMessage, element } from "./card.js";

const $ = (id) => document.getElementById(id);
const LIFF_ID = document.body.dataset.liffId;
const ACCOUNT = document.body.dataset.account;
const TOKYO = { timeZone: "Asia/Tokyo" };
const clockTime = new Intl.DateTimeFormat("ja-JP", { ...TOKYO, hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat("ja-JP", { ...TOKYO, month: "long", day: "numeric", weekday: "short" });

const state = { person: null, standing: null, shown: 0, lastDay: "", busy: false, again: false };

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`/phone/api/${path}`, options);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const about = (rest = "") => `people/${state.person}${rest}`;

function notice(text) {
  const toast = $("toast");
  toast.textContent = text;
  toast.classList.add("seen");
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => { toast.classList.remove("seen"); toast.textContent = ""; }, 6000);
}

async function does(deed, body = {}) {
  try {
    const { reached } = await ask(about(`/${deed}`), body);
    if (!reached) notice("アカウントのサーバーに届きませんでした。サーバーが動いているか見てください。");
  } catch {
    notice("このスマートフォンの電波がありません。シミュレーターが動いているか見てください。");
  }
  await refresh();
}

/* The list of people. */

async function listPeople() {
  const people = await ask("people");
  const others = people.filter((one) => one.id !== state.person).reduce((sum, one) => sum + one.unread, 0);
  $("others-unread").hidden = others === 0;
  $("others-unread").textContent = String(Math.min(others, 99));
  $("others-words").hidden = others === 0;
  if (!$("people").hidden) drawPeople(people);
}

function drawPeople(people) {
  $("no-people").hidden = people.length !== 0;
  const newest = people.map((one, at) => ({ one, at })).sort((a, b) => (b.one.last?.at ?? 0) - (a.one.last?.at ?? 0) || b.at - a.at);
  const focused = document.activeElement?.dataset?.person;
  $("person-list").replaceChildren(...newest.map(({ one }) => element("li", {}, personRow(one))));
  if (focused) document.querySelector(`[data-person="${focused}"]`)?.focus();
}

function personRow(one) {
  const said = { stranger: "まだ友だちではありません", blocked: "ブロック中" }[one.standing] || one.last?.text || "トークを開く";
  return element("button", { type: "button", class: "person", "data-person": one.id, onclick: () => openTalk(one.id) },
    face(one.name),
    element("span", { class: "person-words" }, element("span", { class: "person-name" }, one.name), element("span", { class: "person-last" }, said)),
    element("span", { class: "person-side" },
      one.last ? element("span", { class: "person-time" }, clockTime.format(one.last.at)) : null,
      one.unread ? element("span", { class: "badge" }, element("span", { class: "unseen" }, "未読"), String(one.unread)) : null));
}

function face(name) {
  const letters = [...name.replace(/^見本[\s ]*/, "")];
  const hue = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  const drawn = element("span", { class: "face", "aria-hidden": "true" }, letters[0] || "?");
  drawn.style.setProperty("--hue", String(hue));
  return drawn;
}

/* The talk. */

async function openTalk(person) {
  Object.assign(state, { person, standing: null, shown: 0, lastDay: "" });
  history.replaceState(null, "", `#${person}`);
  $("people").hidden = true;
  $("talk").hidden = false;
  // What is already there is not news: it must not be read out line by line.
  $("log").setAttribute("aria-live", "off");
  $("log").replaceChildren();
  await refresh();
  $("log").scrollTop = $("log").scrollHeight;
  $("log").setAttribute("aria-live", "polite");
  $("talk-title").focus();
}

function openPeople() {
  closeMenu();
  state.person = null;
  history.replaceState(null, "", location.pathname);
  $("talk").hidden = true;
  $("people").hidden = false;
  listPeople().then(() => $("people-title").focus());
}

async function refresh() {
  if (state.busy) { state.again = true; return; }
  state.busy = true;
  try {
    if (state.person) await updateTalk(state.person);
    await listPeople();
  } catch (error) {
    if (error.message === "404") openPeople();
  } finally {
    state.busy = false;
    if (state.again) { state.again = false; refresh(); }
  }
}

async function updateTalk(person) {
  const talk = await ask(`people/${person}?after=${state.shown}`);
  if (person !== state.person) return;
  $("whose").textContent = `${talk.name} さんの画面`;
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  const fresh = state.shown === 0;
  $("writing")?.remove();
  talk.entries.forEach((entry, at) => {
    if (fresh && talk.unread && 0 < at && at === talk.unreadFrom) log.append(element("p", { class: "note unread" }, "ここから未読"));
    log.append(...drawEntry(entry));
  });
  state.shown = talk.total;
  $("profile")?.remove();
  if (talk.total === 0) log.append(element("div", { class: "profile", id: "profile" }, mark(), element("span", {}, ACCOUNT), element("small", {}, "公式アカウント")));
  if (talk.writing) log.append(element("div", { class: "row account", id: "writing" }, mark(), element("div", { class: "bubble dots", role: "img", "aria-label": "入力中" }, element("i"), element("i"), element("i"))));
  if (talk.entries.length) drawChips(talk.entries.at(-1));
  drawFoot(talk.standing);
  if (atEnd || talk.entries.at(-1)?.from === "person") log.scrollTop = log.scrollHeight;
  if (talk.writing) setTimeout(refresh, 5000);
}

function mark() {
  return element("span", { class: "face account-face", "aria-hidden": "true" }, [...ACCOUNT][0]);
}

function drawEntry(entry) {
  const drawn = [];
  const today = day.format(entry.at);
  if (today !== state.lastDay) drawn.push(element("p", { class: "note" }, today));
  state.lastDay = today;
  const time = element("time", { datetime: new Date(entry.at).toISOString() }, clockTime.format(entry.at));
  if (entry.from === "phone") drawn.push(element("p", { class: "note" }, entry.text));
  else if (entry.from === "person") drawn.push(element("div", { class: "row person-row" }, element("span", { class: "unseen" }, "自分: "), time, element("div", { class: "bubble" }, entry.text)));
  else drawn.push(element("div", { class: "row account" }, mark(), element("span", { class: "unseen" }, `${ACCOUNT}: `), drawMessage(entry.message, tap), time));
  return drawn;
}

function drawChips(last) {
  const items = last?.message?.quickReply?.items || [];
  $("chips").hidden = items.length === 0;
  $("chips").replaceChildren(...items.map(({ action }) => element("button", { type: "button", class: "chip", onclick: () => { $("chips").hidden = true; tap(action); } }, action.label)));
}

function drawFoot(standing) {
  if (standing === state.standing) return;
  state.standing = standing;
  const friend = standing === "friend";
  $("composer").hidden = !friend;
  $("join").hidden = friend;
  if (!friend) $("chips").hidden = true;
  $("block").textContent = standing === "blocked" ? "ブロックを解除する" : "ブロックする";
  $("block").hidden = standing === "stranger";
  $("join-text").textContent = standing === "blocked" ? "ブロック中です。お知らせは届きません。" : `「${ACCOUNT}」を友だちに追加すると、お知らせが届きます。`;
  $("add").textContent = standing === "blocked" ? "ブロックを解除" : "追加";
}

/* What buttons do. */

function tap(action) {
  switch (action.type) {
    case "uri": return openAddress(action.uri);
    case "message": return does("says", { text: action.text });
    case "postback": return does("postback", { data: action.data, displayText: action.displayText ?? action.text });
    case "clipboard": return navigator.clipboard.writeText(action.clipboardText).then(() => notice("コピーしました。"));
    default: return notice("このボタンは、試すためのスマートフォンでは使えません。");
  }
}

function openAddress(uri) {
  if (uri.startsWith("tel:")) return notice(`電話をかけるところです: ${uri.slice(4)}`);
  const liff = [`https://liff.line.me/${LIFF_ID}`, `${location.origin}/liff/${LIFF_ID}`].find((start) => uri.startsWith(start));
  if (liff) return openLiff(uri.slice(liff.length));
  if (URL.canParse(uri) && new URL(uri).hostname === location.hostname) return openSheet(uri);
  return notice(`外のページを開くところです: ${uri}`);
}

async function openLiff(rest) {
  const { ticket } = await ask(about("/liff"), {});
  const page = new URL(`/liff/${LIFF_ID}${rest.startsWith("/") || rest.startsWith("?") ? rest : ""}`, location.origin);
  page.searchParams.set("sim.ticket", ticket);
  openSheet(page.href);
}

function openSheet(address) {
  if ($("sheet").hidden) openSheet.from = document.activeElement;
  $("sheet").hidden = false;
  $("sheet-loading").hidden = false;
  $("talk").inert = true;
  $("sheet-frame").src = address;
  $("sheet-close").focus();
}

function closeSheet() {
  if ($("sheet").hidden) return;
  $("sheet").hidden = true;
  $("talk").inert = false;
  $("sheet-frame").removeAttribute("src");
  (openSheet.from?.isConnected ? openSheet.from : $("log")).focus();
  refresh();
}

function closeMenu() {
  $("menu").hidden = true;
  $("menu-button").setAttribute("aria-expanded", "false");
}

window.addEventListener("message", ({ source, data }) => {
  if (source !== $("sheet-frame").contentWindow || data?.musubi !== "liff") return;
  if (data.what === "close") closeSheet();
  if (data.what === "open" && typeof data.url === "string") openAddress(data.url);
});

$("sheet-frame").addEventListener("load", () => { $("sheet-loading").hidden = true; });
$("sheet-close").addEventListener("click", closeSheet);
$("back").addEventListener("click", openPeople);
$("switch").addEventListener("click", openPeople);
$("menu-button").addEventListener("click", () => {
  $("menu").hidden = !$("menu").hidden;
  $("menu-button").setAttribute("aria-expanded", String(!$("menu").hidden));
  if (!$("menu").hidden) $("menu").querySelector("button:not([hidden])").focus();
});
document.addEventListener("click", (press) => { if (!press.target.closest(".menu-box")) closeMenu(); });
document.addEventListener("keydown", (press) => {
  if (press.key !== "Escape") return;
  if (!$("sheet").hidden) closeSheet();
  else if (!$("menu").hidden) { closeMenu(); $("menu-button").focus(); }
});
$("block").addEventListener("click", () => { closeMenu(); does(state.standing === "blocked" ? "follow" : "block"); });
$("add").addEventListener("click", () => does("follow"));

const words = $("words");
const grow = () => { words.style.height = "auto"; words.style.height = `${Math.min(words.scrollHeight, 120)}px`; };
words.addEventListener("input", grow);
words.addEventListener("keydown", (press) => {
  // Enter also ends the choice of kanji; only a free Enter sends.
  if (press.key !== "Enter" || press.shiftKey || press.isComposing) return;
  press.preventDefault();
  $("composer").requestSubmit();
});
$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = words.value.trim();
  if (!text) return;
  words.value = "";
  grow();
  does("says", { text });
});
$("new-person").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = $("new-name").value.trim();
  if (!name) return;
  const { id } = await ask("people", { name });
  $("new-name").value = "";
  openTalk(id);
});

const showTime = () => { $("clock").textContent = clockTime.format(Date.now()); };
showTime();
setInterval(showTime, 20_000);
new EventSource("/phone/api/events").addEventListener("message", refresh);
const asked = location.hash.slice(1);
if (/^U[0-9a-f]{32}$/.test(asked)) openTalk(asked);
else listPeople();

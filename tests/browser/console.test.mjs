// Every page of the console that needs no broadcast: accessible at both widths, and of use without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WIDE, inspect, openBrowser, openPage } from "./support/browser.mjs";
import { logIn } from "./support/console.mjs";
import { startDemo } from "./support/demo.mjs";

let demo;
let browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("the door says what was wrong and keeps the login that was typed", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await page.goto(demo.console);
  await inspect(page, "the log-in");
  await page.getByLabel("ログイン名").fill(demo.author.login);
  await page.getByLabel("パスワード").fill("wrong");
  await page.getByRole("button", { name: "ログイン" }).click();
  assert.match(await page.getByRole("alert").innerText(), /違います/);
  assert.equal(await page.getByLabel("ログイン名").inputValue(), demo.author.login);
  await inspect(page, "the log-in after a mistake");
  await close();
});

test("staff read a rule in words with its live figures", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await page.getByRole("link", { name: "条件" }).first().click();
  await inspect(page, "the list of rules");
  await page.getByRole("link", { name: "特定健診" }).first().click();
  const text = await page.locator("main").innerText();
  for (const word of ["対象", "対象外", "除外", "不明"]) assert.ok(text.includes(word), `${word} in ${text}`);
  assert.match(text, /国保/);
  await inspect(page, "a rule");
  await close();
});

test("the approver reads who did what", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.approver);
  await page.getByRole("link", { name: "操作記録" }).click();
  assert.match(await page.locator("main").innerText(), /ログイン/);
  await inspect(page, "the audit log");
  await page.goto(new URL("/console/nowhere", demo.console).href);
  await inspect(page, "a page that is not there");
  await close();
});

test("the switch over all sending is asked twice, seen on every page, and let go by the approver", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.approver);
  await inspect(page, "the empty list of broadcasts");
  await page.getByRole("link", { name: "すべての送信を止める" }).click();
  await inspect(page, "the question before everything is stopped");
  await page.getByLabel("止める理由").fill("訓練のため");
  await page.getByRole("button", { name: "すべての送信を止める" }).click();
  const banner = page.getByRole("region", { name: "すべての送信が止まっています" });
  await inspect(page, "the list while everything is off");
  await page.getByRole("link", { name: "操作記録" }).click();
  assert.match(await banner.innerText(), /訓練のため/);
  await page.getByLabel("職員", { exact: true }).selectOption({ index: 1 });
  await page.getByRole("button", { name: "絞り込む" }).click();
  await inspect(page, "the narrowed audit log");
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/off-1280.png`, fullPage: true });
  await banner.getByRole("link", { name: "すべての送信を再開する" }).click();
  await inspect(page, "the question before everything goes on");
  await page.getByRole("button", { name: "すべての送信を再開する" }).click();
  await page.getByText("すべての送信を再開しました").waitFor();
  assert.equal(await banner.count(), 0);
  await close();
});

test("staff make a code for their own LINE, and the administrator sees who has one", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.admin);
  await page.getByRole("link", { name: "自分のLINE" }).click();
  await inspect(page, "one's own LINE, and everybody's");
  await page.getByRole("button", { name: "番号を作る" }).click();
  assert.match(await page.locator("#code").innerText(), /^職員登録 [A-Z2-9]{4} [A-Z2-9]{4}$/);
  await inspect(page, "the code to be sent in the talk");
  await close();
});

test("the console works without JavaScript", async () => {
  const { page, close } = await openPage(browser, WIDE, { javaScriptEnabled: false });
  await logIn(page, demo, demo.author);
  await page.getByRole("link", { name: "条件" }).first().click();
  await page.getByRole("link", { name: "特定健診" }).first().click();
  assert.match(await page.locator("main").innerText(), /対象[\s\S]*人/);
  await page.getByRole("button", { name: "ログアウト" }).click();
  await page.getByLabel("ログイン名").waitFor();
  await close();
});

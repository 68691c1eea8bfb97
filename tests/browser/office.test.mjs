// The pages around the sending: series, versions, repeats and their standing approval, the drawer of emergencies, the
// friends, the results, and the tokens of the API. Each is accessible at both widths.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WIDE, inspect, openBrowser, openPage } from "./support/browser.mjs";
import { compose, logIn } from "./support/console.mjs";
import { startDemo } from "./support/demo.mjs";

let demo;
let browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

const at = (path) => new URL(path, demo.console).href;

/** A page on which one of the staff is signed in. */
async function signedIn(who) {
  const opened = await openPage(browser, WIDE);
  await logIn(opened.page, demo, demo[who]);
  return opened;
}

/** A draft on a holiday; answers its address. */
async function draft(page, title, text = "収集日が変わります。") {
  await page.goto(at("/console/broadcasts/new"));
  await page.getByLabel("件名").fill(title);
  await compose(page, { segment: "平田地域のごみ収集のお知らせ", topic: "ごみ・環境", series: "ごみ収集", text });
  // 2030-02-11 is 建国記念の日.
  await page.getByLabel("送る日時").fill("2030-02-11T10:00");
  await page.getByText("2月11日は祝日(建国記念の日)です。").waitFor();
  await inspect(page, "the compose form with a holiday");
  await page.getByRole("button", { name: "保存して内容を確認" }).click();
  await page.getByRole("heading", { name: "送るまでの手順" }).waitFor();
  return page.url();
}

test("a draft has its series and its versions, and is repeated", async () => {
  const { page, close } = await signedIn("author");
  const address = await draft(page, "見本: 収集日の変更");
  await page.goto(`${address}/versions`);
  await inspect(page, "the versions of a broadcast");
  await page.goto(at("/console/series"));
  await inspect(page, "the series");
  await page.goto(at("/console/series?name=%E3%81%94%E3%81%BF%E5%8F%8E%E9%9B%86"));
  await inspect(page, "one series");
  await page.goto(`${address}/repeat`);
  await inspect(page, "the form of a repeat");
  await page.getByLabel("何日前に下書きを作るか").fill("0");
  await page.getByRole("button", { name: "繰り返しを始める" }).click();
  await page.getByRole("alert").waitFor();
  await inspect(page, "the form of a repeat with a mistake");
  await page.getByLabel("毎月(日)", { exact: true }).check();
  await page.getByLabel("日", { exact: true }).fill("20");
  await page.getByLabel("何日前に下書きを作るか").fill("14");
  await page.getByLabel("有効期限は、配信日の何日後まで").fill("7");
  await page.getByRole("button", { name: "繰り返しを始める" }).click();
  await page.getByText("これからの回").waitFor();
  await inspect(page, "the repeats");
  await page.getByRole("link", { name: /^変更する/ }).click();
  await page.getByText("いまの文章と条件を見る").click();
  await inspect(page, "the form that changes a repeat");
  await page.getByLabel("日", { exact: true }).fill("32");
  await page.getByRole("button", { name: "変更を保存する" }).click();
  await page.getByRole("alert").getByRole("link", { name: /^日を/ }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("25");
  await inspect(page, "the form that changes a repeat, with a mistake");
  await page.getByRole("button", { name: "変更を保存する" }).click();
  await page.getByText("毎月25日").waitFor();
  await page.getByRole("link", { name: /^継続の承認/ }).click();
  await page.getByRole("heading", { name: "継続の承認", exact: true }).waitFor();
  await inspect(page, "a repeat whose first run was not sent yet");
  await page.goto(at("/console/repeats"));
  await page.getByRole("link", { name: /^終える/ }).click();
  await inspect(page, "the question before a repeat ends");
  await close();
});

test("an emergency is filled in from its drawer", async () => {
  const { page, close } = await signedIn("author");
  await page.goto(at("/console/emergency"));
  await inspect(page, "the drawer of emergencies");
  await page.getByRole("link", { name: /^このひな型に書き入れる/ }).first().click();
  await inspect(page, "a template to fill");
  await page.locator("main").getByRole("button").last().click();
  await page.getByRole("alert").waitFor();
  await inspect(page, "a template with mistakes");
  await close();
});

test("a broadcast is split, and each of its texts is opened", async () => {
  const { page, close } = await signedIn("author");
  await draft(page, "見本: もうひとつの文章", "収集する曜日が変わります。");
  const address = await draft(page, "見本: くらべる配信");
  await page.goto(`${address}/split`);
  await page.getByLabel("B案の文章").selectOption({ label: "見本: もうひとつの文章" });
  await inspect(page, "a split that is chosen");
  await page.getByRole("button", { name: "保存する" }).click();
  await page.getByRole("heading", { name: "B案の文章" }).waitFor();
  await inspect(page, "a draft with two texts");
  await close();
  const approver = await signedIn("approver");
  await approver.page.goto(`${address}/open/arm-B-text-ja`);
  await approver.page.getByRole("heading", { name: "B案の日本語の内容" }).waitFor();
  await inspect(approver.page, "the second text, opened");
  await approver.close();
});

test("friends, results and tokens are read", async () => {
  const { page, close } = await signedIn("author");
  for (const [path, name] of [
    ["/console/friends", "the friends"],
    ["/console/statistics", "the list of results"],
    ["/console/tokens", "the tokens of somebody who is no administrator"],
  ]) {
    await page.goto(at(path));
    await inspect(page, name);
  }
  assert.match(await page.locator("main").innerText(), /APIのトークン/);
  await close();
});

test("an administrator gives leave for a token, and its member collects and takes it back", async () => {
  const admin = await signedIn("admin");
  await admin.page.goto(at("/console/tokens"));
  await inspect(admin.page, "the tokens as an administrator sees them");
  await admin.page.getByLabel("職員").selectOption(demo.author.login);
  await admin.page.getByLabel("用途").fill("見本の連携");
  await admin.page.getByRole("button", { name: "許可する" }).click();
  await admin.page.getByRole("alert").waitFor();
  await inspect(admin.page, "the tokens with a mistake");
  await admin.page.getByLabel("起案者").check();
  await admin.page.getByRole("button", { name: "許可する" }).click();
  await admin.page.getByRole("rowheader", { name: "見本の連携" }).waitFor();
  await inspect(admin.page, "the tokens with one that waits");
  await admin.close();

  const { page, close } = await signedIn("author");
  await page.goto(at("/console/tokens"));
  await page.getByRole("button", { name: "「見本の連携」のトークンを受け取る" }).click();
  assert.match(await page.locator("#token").innerText(), /^musubi_/);
  await inspect(page, "a token that was just collected");
  await page.goto(at("/console/tokens"));
  assert.equal(await page.locator("#token").count(), 0, "shown once");
  await page.getByRole("button", { name: "「見本の連携」のトークンを取り消す" }).click();
  await inspect(page, "a token that was taken back");
  await close();
});

// From the first word to the phone, at 1280 px: drafted, tested, submitted, approved by another person, and it arrives
// at whom it concerns and at nobody else.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NARROW, WIDE, inspect, openBrowser, openPage } from "./support/browser.mjs";
import { compose, logIn } from "./support/console.mjs";
import { startDemo } from "./support/demo.mjs";
import { register, said } from "./support/phone.mjs";
import { takePicture } from "./support/picture.mjs";

const TEXT = "平田地域のごみ収集日が変わります。7月20日(月)の収集はありません。";

let demo;
let browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("a message is written, tested, approved by another person and reaches those it concerns", async () => {
  const concerned = await openPage(browser, NARROW);
  const other = await openPage(browser, NARROW);
  await register(concerned.page, demo, "見本 ひらた", "平田");
  await register(other.page, demo, "見本 いまいち", "今市");
  const before = (await said(other.page)).length;

  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await inspect(page, "the list of broadcasts");
  await page.getByRole("link", { name: "配信を作る" }).click();
  await inspect(page, "the empty compose form");
  await page.getByLabel("件名").fill("見本: ごみ収集日の変更");
  await page.getByRole("button", { name: "保存して内容を確認" }).click();
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("件名").inputValue(), "見本: ごみ収集日の変更");
  await inspect(page, "the compose form with mistakes");
  await compose(page, { segment: "平田地域のごみ収集のお知らせ", topic: "ごみ・環境", series: "ごみ収集", text: TEXT });
  await page.getByText(/^届く人数/).first().waitFor();
  await page.locator("[data-preview]").getByText("7月20日").waitFor();
  await inspect(page, "the compose form, filled in");
  await page.getByRole("button", { name: "保存して内容を確認" }).click();
  await page.getByRole("heading", { name: "送るまでの手順" }).waitFor();
  await inspect(page, "the draft");
  const draft = page.url();
  await page.getByRole("link", { name: "文章や効果をくらべる" }).click();
  await inspect(page, "the form that splits an audience");
  await page.goto(draft);
  await page.getByRole("button", { name: "テストを送る" }).click();
  const seen = page.getByLabel("上の注意をすべて確かめました");
  if (await seen.count()) await seen.check();
  await page.getByRole("button", { name: "承認を依頼する" }).click();
  await page.getByRole("heading", { name: "承認", exact: true }).waitFor();
  await inspect(page, "the broadcast that waits, as its author sees it");
  const address = page.url();
  await close();

  const approver = await openPage(browser, WIDE);
  await logIn(approver.page, demo, demo.approver);
  await approver.page.goto(address);
  await inspect(approver.page, "the broadcast that waits, as the approver sees it");
  await openEverything(approver.page, address);
  await inspect(approver.page, "the broadcast that waits, when everything was opened");
  const count = approver.page.getByLabel("届く人数を数字で入力してください");
  const number = (await approver.page.locator("#count-hint").innerText()).match(/([\d,]+)人/)[1].replaceAll(",", "");
  await count.fill(String(Number(number) + 1));
  await approver.page.getByRole("button", { name: "この内容で承認する" }).click();
  await approver.page.locator("#count-error").waitFor();
  await inspect(approver.page, "the approval with a wrong number");
  await count.fill(number);
  await approver.page.getByRole("button", { name: "この内容で承認する" }).click();
  await secondApproval(demo, address, number);
  await approver.page.goto(address);

  await concerned.page.locator("#log").getByText("平田地域のごみ収集日が変わります").waitFor({ timeout: 60_000 });
  await untilDone(approver.page);
  const figures = await approver.page.locator("main").innerText();
  assert.match(figures, /LINEが受け付けた\s*[1-9]/);
  await inspect(approver.page, "the broadcast that is done");
  await takePicture(approver.page, "console.png");
  await results(approver.page, address);
  assert.equal((await said(other.page)).length, before, "whom it does not concern hears nothing");
  await inspect(concerned.page, "the talk with the message");
  await takePicture(concerned.page, "phone.png");
  for (const one of [approver, concerned, other]) await one.close();
});

/** What became of it: alone, beside its series, and the friends it went to. */
async function results(page, address) {
  await page.getByRole("link", { name: "配信の結果" }).click();
  await inspect(page, "the results of a broadcast");
  await page.getByRole("link", { name: "結果", exact: true }).first().click();
  await inspect(page, "the list of series");
  await page.getByRole("link", { name: "ごみ収集", exact: true }).click();
  await inspect(page, "the results of a series");
  await page.getByRole("link", { name: "友だち", exact: true }).click();
  await inspect(page, "the friends");
  await page.goto(address);
}

/** Opens every part, as an approver has to before anything else. */
async function openEverything(page, address) {
  for (;;) {
    const next = page.locator(".opening button").first();
    if (!(await next.count())) return;
    await next.click();
    await page.getByRole("link", { name: "配信の画面に戻る" }).waitFor();
    await inspect(page, "a part that was opened");
    await page.goto(address);
  }
}

/** What reaches more than a tenth of the friends waits for another approver. */
async function secondApproval(demo, address, number) {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.second);
  await page.goto(address);
  if (await page.locator(".opening").count()) {
    await openEverything(page, address);
    await page.getByLabel("届く人数を数字で入力してください").fill(number);
    await page.getByRole("button", { name: "この内容で承認する" }).click();
    await page.getByRole("status").first().waitFor();
  }
  await close();
}

/** Until every batch is settled. The page begins to follow by itself once the recipients are planned. */
async function untilDone(page) {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await page.locator("[data-live-done]").count()) return;
    await page.waitForTimeout(1000);
    await page.reload();
  }
  assert.fail("the broadcast is not done after a minute");
}

test("a message is composed and saved without JavaScript", async () => {
  const { page, close } = await openPage(browser, WIDE, { javaScriptEnabled: false });
  await logIn(page, demo, demo.author);
  await page.getByRole("link", { name: "配信を作る" }).click();
  await page.getByLabel("件名").fill("見本: 下書き");
  await compose(page, { segment: "平田地域のごみ収集のお知らせ", topic: "ごみ・環境", series: "ごみ収集", text: TEXT });
  await page.getByRole("button", { name: "保存して内容を確認" }).click();
  await page.getByRole("heading", { name: "見本: 下書き" }).waitFor();
  const text = await page.locator("main").innerText();
  assert.ok(text.includes("7月20日") && text.includes("届く人数"), text);
  await page.getByRole("link", { name: "編集" }).click();
  assert.equal(await page.locator("[data-language=ja]").getByLabel("本文").first().inputValue(), TEXT);
  await close();
});

test("blanks and counted pages are chosen in the editor, and the approver sees what becomes of them", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await page.goto(new URL("/console/broadcasts/new", demo.console).href);
  await page.getByLabel("件名").fill("見本: 地区のお知らせ");
  await compose(page, { segment: "平田地域のごみ収集のお知らせ", topic: "ごみ・環境", series: "ごみ収集", text: "" });
  await page.getByText("差し込み", { exact: true }).click();
  await page.getByRole("button", { name: "居住地の地区名を本文に入れる" }).click();
  assert.match(await page.getByLabel("本文").first().inputValue(), /\{居住地の地区名\}/);
  await page.locator("[data-preview]").getByText("高松").waitFor();
  // The server's count, with the longest name of a district; the braces are no letters.
  const length = page.locator("[data-language=ja] .count").first();
  assert.match(await length.innerText(), /^差し込みがいちばん長い方で [\d,]+ \/ 5,000文字$/);
  assert.ok((await page.getByLabel("本文").first().getAttribute("aria-describedby")).includes(await length.getAttribute("id")));
  const counts = page.getByLabel("ページが開かれた回数を数える");
  assert.equal(await counts.isChecked(), false);
  await counts.check();
  await inspect(page, "the editor with a blank and counted pages");
  await page.getByRole("button", { name: "保存して内容を確認" }).click();
  await page.getByRole("button", { name: "テストを送る" }).click();
  const seen = page.getByLabel("上の注意をすべて確かめました");
  if (await seen.count()) await seen.check();
  await page.getByRole("button", { name: "承認を依頼する" }).click();
  await page.getByText(/種類の文面になります/).waitFor();
  await inspect(page, "the broadcast whose texts differ");
  await page.getByRole("link", { name: "編集" }).click();
  assert.equal(await page.getByLabel("ページが開かれた回数を数える").isChecked(), true);
  await close();
});

// A rule from an empty form to a saved version: by keyboard alone, in place, and without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NARROW, WIDE, inspect, openBrowser, openPage } from "./support/browser.mjs";
import { logIn } from "./support/console.mjs";
import { startDemo } from "./support/demo.mjs";

let demo;
let browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

const open = (page, path) => page.goto(new URL(path, demo.console).href);
const twin = (page) => page.locator("#text").inputValue();

/** Looks at the page as it stands; with SHOTS=FOLDER it takes a picture at both widths for people to look at. */
async function look(page, name) {
  await inspect(page, name);
  if (!process.env.SHOTS) return;
  const before = page.viewportSize();
  for (const size of [NARROW, WIDE]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: `${process.env.SHOTS}/rules-${name.replaceAll(" ", "-")}-${size.width}.png`, fullPage: true });
  }
  await page.setViewportSize(before);
}

test("a rule is built by keyboard alone, with live figures, and saved", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await page.getByRole("link", { name: "条件" }).first().click();
  await page.getByRole("link", { name: "条件を作る" }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("ファイルの名前").waitFor();
  await look(page, "the empty builder");
  await page.getByLabel("ファイルの名前").focus();
  for (const words of ["shiken/kenban", "鍵盤だけの条件", "試し", "広報課"]) {
    await page.keyboard.type(words);
    await page.keyboard.press("Tab");
  }
  // The list of kinds, then the button beside it.
  await page.locator("#add-0").focus();
  await page.keyboard.press("Tab");
  assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /^追加/);
  await page.keyboard.press("Enter");
  await page.locator("#n-0-0-age").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "n-0-0-age", "the focus goes to what was added");
  assert.match(await page.locator("#announce").innerText(), /追加しました/);
  await page.locator("#n-0-0-from").focus();
  await page.keyboard.type("40");
  await page.locator("#s-0-0 .figure-line").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "n-0-0-from", "typing keeps its focus");
  assert.match(await page.locator("#s-0-0").innerText(), /残り [\d,]+人[\s\S]*以前生まれ\(/);
  assert.match(await twin(page), /- 年齢 40以上/);
  assert.match(await page.locator("#announce").innerText(), /届く人数/);
  const before = await page.locator("[data-recipients]").innerText();
  await page.keyboard.press("Tab");
  await page.keyboard.type("44");
  await page.waitForFunction((was) => document.querySelector("[data-recipients]").textContent !== was, before);

  await page.locator("#add-0").selectOption({ label: "居住地" });
  await page.locator("#add-0 + *, [value='add:0']").last().focus();
  await page.keyboard.press("Enter");
  await page.locator("#n-0-1").waitFor();
  await page.getByRole("checkbox", { name: "平田(全域)" }).focus();
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.getElementById("text").value.includes("- 居住地 平田"));
  await page.locator("#n-0-1 [value='up:0.1']").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /- 居住地 平田\n {2}- 年齢/.test(document.getElementById("text").value));
  assert.equal(await page.evaluate(() => document.activeElement.closest("fieldset.node").id), "n-0-0", "the focus moves along");
  await look(page, "the builder with conditions");
  await page.getByLabel("変更の理由").focus();
  await page.keyboard.type("鍵盤で作った");
  await page.getByRole("button", { name: "新しい条件として保存" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("条件を保存しました").waitFor();
  assert.equal(await page.locator("h1").innerText(), "鍵盤だけの条件");
  await look(page, "the saved rule");
  await close();
});

test("form and text go both ways, and a fault is shown where it is", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await open(page, "/console/rules/edit/kenshin/tokutei");
  const text = await twin(page);
  await page.locator("#text").fill(text.replace("保険", "保健"));
  await page.getByRole("button", { name: "文から読み直す" }).click();
  await page.getByRole("heading", { name: "文の直すところ" }).waitFor();
  assert.match(await page.locator("#troubles").innerText(), /行目[\s\S]*もしかして「保険」/);
  await look(page, "a text with a fault");
  await page.locator("#text").fill(text.replace("保険 国保", "保険 国保, 後期"));
  await page.getByRole("button", { name: "文から読み直す" }).click();
  await page.getByText("文をフォームに読み込みました").first().waitFor({ state: "attached" });
  assert.ok(await page.getByRole("checkbox", { name: "後期" }).first().isChecked());
  await page.locator("[id$='-from']").filter({ visible: true }).first().fill("四十");
  await page.locator(".node-said .error").first().waitFor();
  assert.match(await page.locator("#totals").innerText(), /条件に誤りがあるため数えられません/);
  await look(page, "a form with a fault");
  await close();
});

test("somebody made up is tried, becomes an example, and versions are compared", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await open(page, "/console/rules/edit/kenshin/gan/nyu");
  const before = await page.locator("details.example").count();
  await page.locator("#t-f-birth_date").fill("昭和60年4月2日");
  await page.locator("#t-f-sex").selectOption("女性");
  await page.getByRole("button", { name: "試す" }).click();
  await page.locator("#tried .state").waitFor();
  assert.match(await page.locator("#tried").innerText(), /対象/);
  await page.getByRole("button", { name: "この人を例に加える" }).click();
  await page.waitForFunction((count) => document.querySelectorAll("details.example").length === count + 1, before);
  await page.getByRole("button", { name: "見本を10件ずつ見る" }).click();
  await page.getByRole("heading", { name: "見本" }).waitFor();
  await look(page, "the builder with samples");
  await page.getByLabel("変更の理由").fill("例を足した");
  await page.getByRole("button", { name: "新しい版として保存" }).click();
  await page.getByText("条件を保存しました").waitFor();
  await page.getByRole("link", { name: "版の一覧" }).click();
  await look(page, "the versions");
  await page.getByRole("link", { name: "新しい2つを比べる" }).click();
  assert.match(await page.locator("td.new").first().innerText(), /\+[\s\S]*1985-04-02/);
  await look(page, "two versions side by side");
  await page.goBack();
  await page.getByRole("link", { name: "この条件を使わないことにする" }).click();
  await look(page, "the question before a rule goes out of use");
  await open(page, "/console/rules/import");
  await look(page, "the import");
  await close();
});

test("a save over somebody else's version is refused with the difference", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await open(page, "/console/rules/edit/kosodate/3sai");
  const other = await page.context().newPage();
  await open(other, "/console/rules/edit/kosodate/3sai");
  for (const [one, name] of [[other, "先の名前"], [page, "後の名前"]]) {
    await one.locator("details.head > summary").click();
    await one.getByLabel("名前", { exact: false }).first().fill(name);
    await one.getByLabel("変更の理由").fill(name);
    await one.getByRole("button", { name: "新しい版として保存" }).click();
  }
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /先の名前[\s\S]*後の名前/);
  await look(page, "a refused save");
  await page.getByRole("button", { name: "違いを確かめた" }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "新しい版として保存" }).click();
  await page.getByText("条件を保存しました").waitFor();
  await close();
});

test("a family is built by keyboard alone, and what is sound is counted beside a fault", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await open(page, "/console/rules/edit/kosodate/nyuyoji");
  const enter = async (selector) => { await page.locator(selector).focus(); await page.keyboard.press("Enter"); };
  await enter("#x-0 > summary");
  const last = await page.locator("#x-0 > fieldset.somebody[id]").count();
  await enter("#x-0-member-add");
  await page.locator(`#x-0-m-${last}`).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), `x-0-m-${last}-f-relation`, "the focus is in the new one");
  for (let presses = 0; presses < 20; presses++) {
    if (await page.evaluate(() => document.activeElement.selectedOptions[0].text === "子")) break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Tab");
  await page.keyboard.type("平成30年4月1日");
  await page.waitForFunction(() => document.getElementById("text").value.includes("家族 続柄 子, 生年月日 2018-04-01"));
  await enter(`#x-0-m-${last}-event-add`);
  await page.locator(`#x-0-m-${last}-e-0`).waitFor();
  await page.locator(`#x-0-m-${last}-e-0-subject`).selectOption({ index: 1 });
  await page.locator(`#x-0-m-${last}-e-0-on`).fill("2025年度");
  await page.waitForFunction(() => /家族 続柄 子, 生年月日 2018-04-01, 受診 \S+ 2025年度/.test(document.getElementById("text").value));
  await look(page, "an example with a family");
  await enter(`[value="event_remove:x.0.m.${last}.e.0"]`);
  await page.waitForFunction((id) => document.activeElement.id === id, `x-0-m-${last}-event-add`);
  await enter(`[value="member_remove:x.0.m.${last}"]`);
  await page.waitForFunction(() => !document.getElementById("text").value.includes("2018-04-01"));

  await page.locator("#add-0").selectOption({ label: "居住地" });
  await page.getByRole("button", { name: "追加: 対象の条件" }).click();
  await page.locator("#totals").getByText("条件に誤りがあるため数えられません").waitFor();
  assert.match(await page.locator("#s-0-0").innerText(), /この条件だけなら [\d,]+人/);
  await look(page, "counts beside a fault");
  await close();
});

test("the pages around the builder, and what is refused, are fit to be looked at", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  const pages = [
    ["/console/segments", "the list"], ["/console/segments/kenshin/tokutei-mijushin", "a rule"],
    ["/console/rules/edit/kenshin/tokutei-mijushin", "the builder"],
    ["/console/segments/%E5%85%B1%E9%80%9A/%E7%89%B9%E5%AE%9A%E5%81%A5%E8%A8%BA%E3%81%AE%E5%AF%BE%E8%B1%A1", "a shared condition"],
    ["/console/rules/versions/kenshin/koki", "no versions yet"], ["/console/segments/kenshin/nai", "a rule that is not there"],
    ["/console/rules/edit/kenshin/nai", "a form that is not there"],
  ];
  for (const [path, name] of pages) {
    await open(page, path);
    await look(page, name);
  }
  await open(page, "/console/rules/import");
  await page.getByLabel("条件のファイル").setInputFiles({ name: "x.seg", mimeType: "text/plain", buffer: Buffer.from([0xff, 0xfe]) });
  await page.getByRole("button", { name: "読み込む" }).click();
  await page.getByText("UTF-8ではありません").waitFor();
  await look(page, "a file in another encoding");
  const broken = "名前: 壊れた条件\n対象: すべて\n  - 保健 国保\n";
  await page.getByLabel("条件のファイル").setInputFiles({ name: "broken.seg", mimeType: "text/plain", buffer: Buffer.from(broken) });
  await page.getByRole("button", { name: "読み込む" }).click();
  await page.getByRole("heading", { name: "文の直すところ" }).waitFor();
  await look(page, "a broken file");

  await open(page, "/console/rules/edit/kosodate/nyugaku");
  await page.locator("#text").fill((await twin(page)).replace("名前: ", "名前: 新しい"));
  await page.getByLabel("変更の理由").fill("試し");
  await page.getByRole("button", { name: "新しい版として保存" }).click();
  await page.getByRole("alert").waitFor();
  await look(page, "a text that was not read");
  await page.getByRole("button", { name: "文から読み直す" }).click();
  await page.getByText("文をフォームに読み込みました").first().waitFor({ state: "attached" });
  await page.getByLabel("変更の理由").fill("");
  await page.getByRole("button", { name: "新しい版として保存" }).click();
  await page.locator("#why-error").waitFor();
  await look(page, "a save without a reason");
  await page.getByLabel("変更の理由").fill("名前を変えた");
  await page.getByRole("button", { name: "新しい版として保存" }).click();
  await page.getByText("条件を保存しました").waitFor();
  await page.getByRole("link", { name: "版の一覧" }).click();
  await page.locator("details > summary").getByText("この版に戻す").first().click();
  await look(page, "an old version to go back to");
  await page.getByLabel("戻す理由").fill("前のほうがよい");
  await page.getByRole("button", { name: "版1の内容を新しい版にする" }).click();
  await page.getByText("版3").first().waitFor();
  await open(page, "/console/rules/archive/kosodate/nyugaku");
  await page.getByRole("button", { name: "使わないことにする" }).click();
  await page.locator("#why-error").waitFor();
  await look(page, "out of use without a reason");
  await page.getByLabel("理由").fill("終わった");
  await page.getByRole("button", { name: "使わないことにする" }).click();
  await page.locator("h1").getByText("条件", { exact: true }).waitFor();
  await open(page, "/console/rules/versions/kosodate/nyugaku");
  await look(page, "a rule out of use");
  await open(page, "/console/segments/kosodate/nyugaku");
  await look(page, "the page of a rule out of use");
  await open(page, "/console/segments");
  await look(page, "the list with a rule out of use");
  await close();

  const other = await openPage(browser, WIDE);
  await logIn(other.page, demo, demo.approver);
  await open(other.page, "/console/rules/edit/kenshin/koki");
  await look(other.page, "a role that may not build");
  await open(other.page, "/console/segments/kenshin/koki");
  await look(other.page, "a rule for who may not change it");
  await other.close();
});

test("the builder works without JavaScript", async () => {
  const { page, close } = await openPage(browser, WIDE, { javaScriptEnabled: false });
  await logIn(page, demo, demo.author);
  await open(page, "/console/rules/new");
  await page.getByLabel("ファイルの名前").fill("shiken/nojs");
  await page.locator("#h-name").fill("文字だけ");
  await page.locator("#h-purpose").fill("試し");
  await page.locator("#h-owner").fill("広報課");
  await page.locator("#add-0").selectOption({ label: "年齢・学年" });
  await page.getByRole("button", { name: "追加: 対象の条件" }).click();
  await page.locator("#n-0-0-age").selectOption("on_date");
  // Enter in a field only looks again; nothing is saved.
  await page.locator("#n-0-0-from").press("Enter");
  await page.locator("#n-0-0-date").fill("令和9年4月1日");
  await page.locator("#n-0-0-from").fill("20");
  await page.getByRole("button", { name: "計算し直す" }).last().click();
  assert.match(await page.locator("#s-0-0").innerText(), /残り/);
  assert.match(await twin(page), /指定日年齢 2027-04-01 20以上/);
  await page.getByLabel("変更の理由").fill("試し");
  await page.getByRole("button", { name: "新しい条件として保存" }).click();
  assert.equal(await page.locator("h1").innerText(), "文字だけ");
  await close();
});

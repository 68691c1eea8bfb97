// A rule from an empty form to a saved version: by keyboard alone, in place, and without JavaScript.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WIDE, inspect, openBrowser, openPage } from "./support/browser.mjs";
import { logIn } from "./support/console.mjs";
import { startDemo } from "./support/demo.mjs";

let demo;
let browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

const open = (page, path) => page.goto(new URL(path, demo.console).href);
const twin = (page) => page.locator("#text").inputValue();

async function shoot(page, name) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

test("a rule is built by keyboard alone, with live figures, and saved", async () => {
  const { page, close } = await openPage(browser, WIDE);
  await logIn(page, demo, demo.author);
  await page.getByRole("link", { name: "条件" }).first().click();
  await page.getByRole("link", { name: "条件を作る" }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("ファイルの名前").waitFor();
  await inspect(page, "the empty builder");
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
  await inspect(page, "the builder with conditions");
  await shoot(page, "rules-built-1280");
  await page.getByLabel("変更の理由").focus();
  await page.keyboard.type("鍵盤で作った");
  await page.getByRole("button", { name: "新しい条件として保存" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("条件を保存しました").waitFor();
  assert.equal(await page.locator("h1").innerText(), "鍵盤だけの条件");
  await inspect(page, "the saved rule");
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
  await inspect(page, "a text with a fault");
  await page.locator("#text").fill(text.replace("保険 国保", "保険 国保, 後期"));
  await page.getByRole("button", { name: "文から読み直す" }).click();
  await page.getByText("文をフォームに読み込みました").first().waitFor({ state: "attached" });
  assert.ok(await page.getByRole("checkbox", { name: "後期" }).first().isChecked());
  await page.locator("[id$='-from']").filter({ visible: true }).first().fill("四十");
  await page.locator(".node-said .error").first().waitFor();
  assert.match(await page.locator("#totals").innerText(), /条件に誤りがあるため数えられません/);
  await inspect(page, "a form with a fault");
  await shoot(page, "rules-fault-1280");
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
  await inspect(page, "the builder with samples");
  await shoot(page, "rules-samples-1280");
  await page.getByLabel("変更の理由").fill("例を足した");
  await page.getByRole("button", { name: "新しい版として保存" }).click();
  await page.getByText("条件を保存しました").waitFor();
  await page.getByRole("link", { name: "版の一覧" }).click();
  await inspect(page, "the versions");
  await shoot(page, "rules-versions-1280");
  await page.getByRole("link", { name: "新しい2つを比べる" }).click();
  assert.match(await page.locator("td.new").first().innerText(), /\+[\s\S]*1985-04-02/);
  await inspect(page, "two versions side by side");
  await shoot(page, "rules-compare-1280");
  await page.goBack();
  await page.getByRole("link", { name: "この条件を使わないことにする" }).click();
  await inspect(page, "the question before a rule goes out of use");
  await open(page, "/console/rules/import");
  await inspect(page, "the import");
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
  await inspect(page, "a refused save");
  await shoot(page, "rules-conflict-1280");
  await page.getByRole("button", { name: "違いを確かめた" }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "新しい版として保存" }).click();
  await page.getByText("条件を保存しました").waitFor();
  await close();
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

// A resident registers on the phone at 390 px: adds the friend, fills in the form in the sheet, changes it, erases it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NARROW, inspect, openBrowser, openPage } from "./support/browser.mjs";
import { startDemo } from "./support/demo.mjs";
import { addFriend, openForm, said, sheet, takePhone } from "./support/phone.mjs";

let demo;
let browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

test("a new friend registers, corrects a mistake without losing anything, changes it and erases it", async () => {
  const { page, close } = await openPage(browser, NARROW);
  const form = sheet(page);
  await page.goto(demo.phone);
  await inspect(page, "the list of people");
  await takePhone(page, demo, "見本 さくら");
  await inspect(page, "the talk of a stranger");
  await addFriend(page);
  assert.match((await said(page)).join(), /公式LINE[\s\S]*1分ほど/);
  await inspect(page, "the talk with its greeting");

  await openForm(page);
  await form.getByRole("heading", { name: "登録", exact: true }).waitFor();
  await inspect(page, "the empty form");
  await form.getByLabel("お住まいの地区").selectOption({ label: "今市" });
  await form.getByRole("textbox", { name: "年", exact: true }).first().fill("昭和61");
  await form.getByRole("textbox", { name: "月", exact: true }).first().fill("13");
  await form.getByRole("textbox", { name: "日", exact: true }).first().fill("1");
  await form.getByRole("radio", { name: "女性" }).check();
  await form.getByRole("button", { name: "登録する" }).click();

  const alert = form.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /入力を確かめてください[\s\S]*生年月日[\s\S]*同意/);
  await inspect(page, "the form with mistakes");
  assert.equal(await form.getByLabel("お住まいの地区").evaluate((list) => list.selectedOptions[0].label), "今市");
  assert.equal(await form.getByRole("textbox", { name: "月", exact: true }).first().inputValue(), "13");
  assert.ok(await form.getByRole("radio", { name: "女性" }).isChecked());

  await form.getByRole("textbox", { name: "月", exact: true }).first().fill("4");
  await form.getByRole("button", { name: "家族を追加する" }).click();
  const member = form.getByRole("group", { name: "ご家族 1人目" });
  await member.getByLabel("続柄").selectOption({ label: "子" });
  await member.getByRole("textbox", { name: "年", exact: true }).fill("2024");
  await member.getByRole("textbox", { name: "月", exact: true }).fill("4");
  await member.getByRole("textbox", { name: "日", exact: true }).fill("2");
  await inspect(page, "the form with a family member");
  await form.getByRole("checkbox", { name: /同意します/ }).check();
  await form.getByRole("button", { name: "登録する" }).click();

  await form.getByText("保存しました。").waitFor();
  const summary = await form.locator("main").innerText();
  for (const part of ["今市", "昭和61年4月1日", "女性", "令和6年4月2日", "届きます"]) assert.ok(summary.includes(part), `${part} in ${summary}`);
  await inspect(page, "the summary");

  await form.getByRole("link", { name: "変更する" }).click();
  await form.getByLabel("お住まいの地区").selectOption({ label: "平田" });
  await form.getByRole("button", { name: "変更を保存する" }).click();
  await form.getByText("保存しました。").waitFor();
  assert.match(await form.locator("main").innerText(), /平田/);

  await form.getByText("同意を取り消す・登録を消す").click();
  await inspect(page, "the summary with everything open");
  await form.getByRole("link", { name: "登録を消す" }).click();
  await inspect(page, "the question before erasing");
  await form.getByRole("button", { name: "すべて消す" }).click();
  await form.getByRole("heading", { name: "登録を消しました" }).waitFor();
  await inspect(page, "the farewell");
  await page.getByRole("button", { name: "ページを閉じる" }).click();
  assert.ok(await page.locator("#sheet").isHidden());
  await close();
});

test("the shortest useful registration takes few taps and one date", async (t) => {
  const { page, close } = await openPage(browser, NARROW);
  const form = sheet(page);
  await takePhone(page, demo, "見本 はやし");
  const spent = { taps: 0, characters: 0 };
  const tap = async (target) => { spent.taps += 1; await target.click(); };
  const type = async (name, text) => {
    spent.characters += text.length;
    await form.getByRole("textbox", { name, exact: true }).first().fill(text);
  };
  await tap(page.getByRole("button", { name: "追加", exact: true }));
  await tap(page.locator("#log").getByRole("button", { name: "登録・変更" }));
  // A list takes two taps: it opens, and one line of it is chosen.
  spent.taps += 2;
  await form.getByLabel("お住まいの地区").selectOption({ label: "今市" });
  // The first field of the date takes a tap; the next two are reached by the keyboard's own arrow.
  spent.taps += 1;
  await type("年", "1986");
  await type("月", "4");
  await type("日", "1");
  await tap(form.getByRole("checkbox", { name: /同意します/ }));
  await tap(form.getByRole("button", { name: "登録する" }));
  await form.getByText("保存しました。").waitFor();
  t.diagnostic(`shortest registration: ${spent.taps} taps, ${spent.characters} typed characters`);
  assert.ok(spent.taps <= 8 && spent.characters <= 8, JSON.stringify(spent));
  await close();
});

test("a resident registers with the keyboard alone", async () => {
  const { page, close } = await openPage(browser, NARROW);
  const form = sheet(page);
  const press = (key) => page.keyboard.press(key);
  const reach = async (target) => {
    for (let tries = 0; tries < 150; tries += 1) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await press("Tab");
    }
    assert.fail("Tab never reaches it");
  };
  await page.goto(demo.phone);
  await reach(page.getByLabel("新しい友だち"));
  await page.keyboard.type("見本 きい");
  await press("Enter");
  const add = page.getByRole("button", { name: "追加", exact: true });
  await add.waitFor();
  await reach(add);
  await press("Enter");
  const open = page.locator("#log").getByRole("button", { name: "登録・変更" });
  await open.waitFor();
  await reach(open);
  await press("Enter");

  await form.getByRole("heading", { name: "登録", exact: true }).waitFor();
  await reach(form.getByLabel("お住まいの地区"));
  await press("ArrowDown");
  const district = await form.getByLabel("お住まいの地区").evaluate((list) => list.selectedOptions[0].label);
  for (const [name, text] of [["年", "1986"], ["月", "4"], ["日", "1"]]) {
    await reach(form.getByRole("textbox", { name, exact: true }).first());
    await page.keyboard.type(text);
  }
  await reach(form.getByRole("checkbox", { name: /同意します/ }));
  await press("Space");
  await reach(form.getByRole("button", { name: "登録する" }));
  await press("Enter");
  await form.getByText("保存しました。").waitFor();
  const summary = await form.locator("main").innerText();
  assert.ok(district && summary.includes(district) && summary.includes("昭和61年4月1日"), summary);
  await close();
});

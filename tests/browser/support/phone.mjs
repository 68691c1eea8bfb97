// What a resident does with the phone, by the words they read.

/** A new person with a phone, who has not added the account yet. */
export async function takePhone(page, demo, name) {
  await page.goto(demo.phone);
  await page.getByLabel("新しい友だち").fill(name);
  await page.getByRole("button", { name: "はじめる" }).click();
  await page.getByText(`${name} さんの画面`).waitFor();
}

/** Adds the account and waits for its greeting. */
export async function addFriend(page) {
  await page.getByRole("button", { name: "追加", exact: true }).click();
  return page.locator("#log .account").first().waitFor();
}

/** The page inside the sheet that LIFF opens. */
export function sheet(page) {
  return page.frameLocator("#sheet-frame");
}

/** What the account said, the oldest first. */
export function said(page) {
  return page.locator("#log .row.account").allInnerTexts();
}

/** Opens the registration form from the newest message. */
export async function openForm(page) {
  await page.locator("#log").getByRole("button", { name: "登録・変更" }).last().click();
}

/** Adds the account and registers, with the district as the only thing that differs. */
export async function register(page, demo, name, district) {
  await takePhone(page, demo, name);
  await addFriend(page);
  await openForm(page);
  const form = sheet(page);
  await form.getByLabel("お住まいの地区").selectOption({ label: district });
  for (const [part, text] of [["年", "1986"], ["月", "4"], ["日", "1"]]) {
    await form.getByRole("textbox", { name: part, exact: true }).first().fill(text);
  }
  await form.getByRole("checkbox", { name: /同意します/ }).check();
  await form.getByRole("button", { name: "登録する" }).click();
  await form.getByText("保存しました。").waitFor();
  await page.getByRole("button", { name: "ページを閉じる" }).click();
}

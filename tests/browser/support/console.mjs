// What staff do at the console, by the words they read.

/** Signs in through the log-in page. */
export async function logIn(page, demo, { login, password }) {
  await page.goto(demo.console);
  await page.getByLabel("ログイン名").fill(login);
  await page.getByLabel("パスワード").fill(password);
  await page.getByRole("button", { name: "ログイン" }).click();
  await page.getByRole("button", { name: "ログアウト" }).waitFor();
}

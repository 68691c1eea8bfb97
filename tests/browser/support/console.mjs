// What staff do at the console, by the words they read.

/** Signs in through the log-in page. */
export async function logIn(page, demo, { login, password }) {
  await page.goto(demo.console);
  await page.getByLabel("ログイン名").fill(login);
  await page.getByLabel("パスワード").fill(password);
  await page.getByRole("button", { name: "ログイン" }).click();
  await page.getByRole("button", { name: "ログアウト" }).waitFor();
}

/** Fills in the compose form: to whom, and the Japanese text. */
export async function compose(page, { segment, topic, series, text }) {
  await page.getByLabel("送る相手の条件").selectOption({ label: segment });
  await page.getByLabel("分野").selectOption({ label: topic });
  await page.getByLabel("シリーズ").fill(series);
  await page.locator("[data-language=ja]").getByLabel("本文").first().fill(text);
}

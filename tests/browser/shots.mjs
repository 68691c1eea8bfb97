// Takes a picture of every page at 390 and 1280 px, for people to look at: node shots.mjs FOLDER
//
// Not a test: nothing here judges. It follows the links of the console as both members of staff, and walks through
// the phone.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { NARROW, WIDE, openBrowser, openPage } from "./support/browser.mjs";
import { startDemo } from "./support/demo.mjs";
import { logIn } from "./support/console.mjs";

const PAGES_OF_A_KIND = 2;
const folder = process.argv[2];
if (!folder) throw new Error("usage: node shots.mjs FOLDER");
await mkdir(folder, { recursive: true });
const demo = await startDemo();
const browser = await openBrowser();
try {
  await consolePages("author");
  await consolePages("approver");
  await consolePages("admin");
  await phonePages();
} finally {
  await browser.close();
  await demo.stop();
}

async function consolePages(role) {
  const { page, close } = await openPage(browser, WIDE);
  await page.goto(demo.console);
  await shoot(page, `${role}-login`);
  await logIn(page, demo, demo[role]);
  const waiting = [new URL(page.url()).pathname];
  const seen = new Set(waiting);
  const kinds = new Map();
  while (waiting.length) {
    const path = waiting.shift();
    const kind = path.replace(/[0-9a-f-]{36}/g, "ID").replace(/(segments|versions|edit|name|emergency)\/.*/, "$1/…");
    const before = kinds.get(kind) ?? 0;
    kinds.set(kind, before + 1);
    // Files are downloaded, not shown.
    if (PAGES_OF_A_KIND <= before || /\/file\/|\.csv$/.test(path)) continue;
    await page.goto(new URL(path, demo.console).href);
    await shoot(page, `${role}${path.replace(/[^a-z0-9-]+/gi, "_")}`.slice(0, 90));
    for (const link of await page.locator("a[href^='/console']").evaluateAll((all) => all.map((one) => one.getAttribute("href")))) {
      const next = link.split("#")[0];
      if (!seen.has(next)) waiting.push(next);
      seen.add(next);
    }
  }
  await close();
}

async function phonePages() {
  const { page, close } = await openPage(browser, NARROW);
  await page.goto(demo.phone);
  await shoot(page, "phone-people");
  await page.getByLabel("新しい友だち").fill("見本 さくら");
  await page.getByRole("button", { name: "はじめる" }).click();
  await shoot(page, "phone-stranger");
  await page.getByRole("button", { name: "追加", exact: true }).click();
  await page.locator("#log .account").first().waitFor();
  await shoot(page, "phone-greeting");
  await page.locator("#log").getByRole("button").first().click();
  const form = page.frameLocator("#sheet-frame");
  await form.locator("form").first().waitFor();
  await shoot(page, "phone-form");
  await page.setViewportSize({ width: 390, height: 4200 });
  await page.screenshot({ path: join(folder, "phone-form-whole-390.png") });
  await close();
}

async function shoot(page, name) {
  for (const size of [NARROW, WIDE]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: join(folder, `${name}-${size.width}.png`), fullPage: true });
  }
}

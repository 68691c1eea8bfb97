// A headless Chromium, and what every page in it must be: free of errors, accessible, no wider than the screen.

import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

export const NARROW = { width: 390, height: 844 };
export const WIDE = { width: 1280, height: 900 };
const NARROWEST = { width: 320, height: 700 };

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
// Chromium notes each refused form as an error, and moves no focus in the phone's frame by itself: in LINE's app the
// form is the whole window.
const EXPECTED = [/status of 4\d\d/, /^Blocked autofocusing/];
const SWITCHES = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];

export async function openBrowser() {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: SWITCHES });
}

/** A page in a context of its own. What goes wrong in it is collected and fails the test at `close`. */
export async function openPage(browser, viewport, options = {}) {
  const context = await browser.newContext({
    viewport, locale: "ja-JP", timezoneId: "Asia/Tokyo", reducedMotion: "reduce", ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.some((known) => known.test(message.text()))) wrong.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^https?:$/.test(protocol) && hostname !== "127.0.0.1") wrong.push(`left the machine: ${hostname}`);
  });
  const close = async () => {
    await context.close();
    assert.deepEqual(wrong, []);
  };
  return { page, close };
}

/** Looks at the page as it stands, at both widths: axe finds nothing, nothing sticks out to the right. */
export async function inspect(page, name) {
  const before = page.viewportSize();
  for (const size of [NARROW, WIDE]) {
    await page.setViewportSize(size);
    const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
    assert.deepEqual(violations.map(describe), [], `axe on ${name} at ${size.width} px`);
  }
  await page.setViewportSize(NARROWEST);
  assert.deepEqual(await widerThanTheScreen(page), [], `${name} at ${NARROWEST.width} px`);
  await page.setViewportSize(before);
}

function describe({ id, help, nodes }) {
  const where = nodes.slice(0, 3).map((node) => `${node.target.flat().join(" ")} ${node.html.slice(0, 120)} ${node.any[0]?.message ?? ""}`);
  return `${id}: ${help}: ${where.join(" | ")}`;
}

async function widerThanTheScreen(page) {
  const wide = await Promise.all(page.frames().map((frame) => frame.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return clientWidth && clientWidth < scrollWidth ? `${location.pathname} is ${scrollWidth} px wide` : null;
  }).catch(() => null)));
  return wide.filter(Boolean);
}

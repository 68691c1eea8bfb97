// Pictures for the README, taken only when UPDATE_IMAGES=1: a test run must not change the repository.

import assert from "node:assert/strict";
import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

const FOLDER = resolve(import.meta.dirname, "../../../docs/images");
const LARGEST = 300_000;

/** Takes a picture of what is on the screen, or of one part of it. */
export async function takePicture(of, name) {
  if (process.env.UPDATE_IMAGES !== "1") return;
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, name);
  await of.screenshot({ path });
  assert.ok((await stat(path)).size < LARGEST, `${name} is too large to commit`);
}

// Starts the real program as a newcomer does, `musubi demo`, on free ports and with a database of its own.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const ROOT = resolve(import.meta.dirname, "../../..");
const STAFF = {
  author: { login: "kian", password: "demo-kian-2026" },
  approver: { login: "shonin", password: "demo-shonin-2026" },
  second: { login: "kessai", password: "demo-kessai-2026" },
  admin: { login: "kanri", password: "demo-kanri-2026" },
};
const START_WITHIN = 120_000;

function program() {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const path = process.env.MUSUBI_BIN ?? join(target, "debug", "musubi");
  if (!existsSync(path)) throw new Error("the program is not built: cargo build");
  return path;
}

/**
 * Runs the demo; answers its addresses, its staff, and how to stop it. With MUSUBI_PHONE and MUSUBI_CONSOLE it takes
 * one that runs already, for whoever writes a test.
 */
export async function startDemo({ accounts = 300 } = {}) {
  const { MUSUBI_PHONE: phone, MUSUBI_CONSOLE: console } = process.env;
  if (phone && console) return { phone, console, ...STAFF, log: () => "", stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), "musubi-browser-"));
  const words = ["demo", "--listen", "127.0.0.1:0", "--line-listen", "127.0.0.1:0"];
  words.push("--database", join(folder, "demo.db"), "--accounts", String(accounts));
  const child = spawn(program(), words, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise((done) => child.once("exit", done));
  const said = [];
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  const stop = async () => {
    child.kill("SIGTERM");
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const told = await listen(child, gone);
    return { ...told, log: () => said.join("\n"), stop };
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${said.join("\n")}`);
  }
}

/** Reads what the demo prints until it has said everything. */
async function listen(child, gone) {
  const found = { staff: [] };
  const lines = createInterface({ input: child.stdout });
  const complete = new Promise((done) => {
    lines.on("line", (line) => {
      const [, name, address] = line.match(/^\s*(phone|console):\s*(http:\S+)/) ?? [];
      if (name) found[name] = address;
      const [, login, password] = line.match(/ログイン名\s+(\S+)\s+パスワード\s+(\S+)/) ?? [];
      if (login) found.staff.push({ login, password });
      if (found.phone && found.console && found.staff.length === 4) done();
    });
  });
  const late = new Promise((_, fail) => setTimeout(fail, START_WITHIN, new Error("the demo did not start in time")).unref());
  await Promise.race([complete, late, gone.then((code) => { throw new Error(`the demo ended with ${code}`); })]);
  const [author, approver, second, admin] = found.staff;
  return { phone: found.phone, console: found.console, author, approver, second, admin };
}

// Runs all stories, or those named, on one prepared world: `npm run stories`, `npm run stories -- stories/joint.test.mjs`.

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { GIVEN, prepareWorld } from "./world.mjs";

const here = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const tests = (folder) => readdirSync(`${here}/${folder}`).filter((name) => name.endsWith(".test.mjs")).map((name) => `${folder}/${name}`);
const named = process.argv.slice(2);
const files = named.length > 0 ? named : [...tests("harness"), ...tests("stories")];

const world = await prepareWorld();
try {
  const runner = spawn(
    process.execPath,
    ["--test", "--test-reporter=spec", `--test-concurrency=${Math.max(2, cpus().length)}`, ...files],
    { cwd: here, stdio: "inherit", env: { ...process.env, [GIVEN]: world } },
  );
  process.exitCode = await new Promise((done) => runner.once("exit", (code) => done(code ?? 1)));
} finally {
  await rm(world, { recursive: true, force: true });
}

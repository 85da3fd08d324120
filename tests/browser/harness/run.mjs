// Runs all stories, or those named, on one prepared world: `npm run stories`, `npm run stories -- stories/joint.test.mjs`.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { GIVEN, MONDAY, prepareWorld } from "./world.mjs";

const here = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const tests = (folder) => readdirSync(`${here}/${folder}`).filter((name) => name.endsWith(".test.mjs")).map((name) => `${folder}/${name}`);
const named = process.argv.slice(2);
const files = named.length > 0 ? named : [...tests("harness"), ...tests("stories")];

// The second world only where a story wants it.
const clocks = ["", ...(files.some((name) => readFileSync(`${here}/${name}`, "utf8").includes("MONDAY")) ? [MONDAY] : [])];
const worlds = await Promise.all(clocks.map((clock) => prepareWorld(clock)));
const given = Object.fromEntries(clocks.map((clock, n) => [GIVEN[clock], worlds[n]]));
try {
  const runner = spawn(
    process.execPath,
    ["--test", "--test-reporter=spec", `--test-concurrency=${cpus().length + 1}`, ...files],
    { cwd: here, stdio: "inherit", env: { ...process.env, ...given } },
  );
  process.exitCode = await new Promise((done) => runner.once("exit", (code) => done(code ?? 1)));
} finally {
  for (const world of worlds) await rm(world, { recursive: true, force: true });
}

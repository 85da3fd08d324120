// A demonstration world of its own for every story: the stories change what they touch, and none may see another's.
//
// The world is prepared once (regions, catalogue, people, keys) and copied, so that a story waits for a server, not for
// an import. `npm run stories` prepares it for all files; a file that is run alone prepares its own.

import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const checkout = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const program = process.env.BUDAYANG_BIN ?? join(checkout, "target/debug/budayang");
const START_MS = 120_000;
const run = promisify(execFile);

/** A Monday far from the end of the published calendar: when the clock begins of worlds whose stories tell of time. */
export const MONDAY = "2026-09-07T09:00:00+08:00";
/** Where a prepared world lies, made by whoever started us; by the moment at which its clock begins, nothing for now. */
export const GIVEN = { "": "BUDAYANG_WORLD", [MONDAY]: "BUDAYANG_WORLD_MONDAY" };

const prepared = new Map();

/** Starts a server on a copy of the prepared world; `clock`: when its clock begins. `stop()` ends it and removes the copy. */
export async function openWorld(clock = "") {
  const given = process.env[GIVEN[clock]];
  if (!given && !prepared.has(clock)) prepared.set(clock, prepareWorld(clock));
  const source = given ?? (await prepared.get(clock));
  const data = await mkdtemp(join(tmpdir(), "budayang-story-"));
  await cp(source, data, { recursive: true });
  const server = await serve(data);
  return {
    address: server.address,
    data,
    /** A single-use link that signs the demonstration person in. */
    link: (name) => signInLink(data, name),
    /** Puts the world's clock ahead by so many days, and lets happen what is due by then. Sessions end with the day. */
    ahead: (days) => succeed(["demo", "ahead", String(days), "--data", data]),
    /** Lets the credit platform, a register of another agency, `stop` or `start`. */
    register: (word) => succeed(["demo", "register", word, "--data", data]),
    /** Runs the program in this world; gives its exit code and what it printed, also where it fails. */
    run: (...words) => outcome(words),
    async stop() {
      await server.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Removes the worlds that this file prepared for itself; the last line of a file of stories. */
export async function closeWorlds() {
  for (const world of prepared.values()) await rm(await world, { recursive: true, force: true });
  prepared.clear();
}

/** Prepares a world whose clock begins at `clock`, or now, and gives its folder. */
export async function prepareWorld(clock = "") {
  const data = await mkdtemp(join(tmpdir(), "budayang-world-"));
  const server = await serve(data, clock ? ["--clock", clock] : []);
  await server.stop();
  return data;
}

async function serve(data, more = []) {
  const child = spawn(program, ["demo", "--data", data, "--listen", "127.0.0.1:0", "--no-color", ...more], {
    cwd: checkout,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const ended = new Promise((done) => child.once("exit", done));
  const address = await new Promise((found, failed) => {
    const slow = setTimeout(() => failed(new Error(`no address after ${START_MS} ms:\n${printed}`)), START_MS);
    const read = (chunk) => {
      printed += chunk;
      const match = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(printed);
      if (match) {
        clearTimeout(slow);
        found(match[1]);
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", (error) => failed(new Error(`${program} does not start (${error.code}); run make budayang`)));
    child.once("exit", (code) => failed(new Error(`${program} demo ended with ${code}:\n${printed}`)));
  });
  return {
    address,
    async stop() {
      child.kill("SIGTERM");
      const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(patience);
    },
  };
}

async function signInLink(data, name) {
  const { stdout } = await run(program, ["demo", "login", name, "--data", data], { cwd: checkout });
  const link = /https?:\/\/\S+/.exec(stdout);
  if (!link) throw new Error(`no link for ${name} in: ${stdout}`);
  return link[0];
}

async function succeed(words) {
  const { code, printed } = await outcome(words);
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}:\n${printed}`);
  return printed;
}

async function outcome(words) {
  try {
    const { stdout, stderr } = await run(program, words, { cwd: checkout });
    return { code: 0, printed: stdout + stderr };
  } catch (error) {
    if (typeof error.code !== "number") throw error;
    return { code: error.code, printed: `${error.stdout}${error.stderr}` };
  }
}

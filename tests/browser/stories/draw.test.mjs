// Anybody checks a published draw in the browser: one that holds, one that was altered; without script by command line.

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { apply, asCompany, COMPANY } from "../chapters/hygiene.mjs";
import { desk, EACH_ONCE, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";
import { MONDAY } from "../harness/world.mjs";

const path = resolve(dirname(fileURLToPath(import.meta.url)), "../../../docs/draw-vectors.json");
const vectors = JSON.parse(await readFile(path, "utf8"));

story("draw", "a published draw is checked by whoever wants to", EACH_ONCE, async (people) => {
  const anybody = await people.visitor();
  await anybody.step("page", (page) => page.goto("/draws/verify"));
  await anybody.says(w("draw.by_line"), "budayang draw verify");
  if (!people.view.script) return;
  await anybody.step("holds", async (page) => {
    await choose(page, vectors.file);
    await page.getByRole("heading", { name: w("draw.true") }).waitFor();
  });
  await anybody.says(w("draw.keys_of_file"), ...vectors.file.pairs.map((pair) => pair.target));
  await anybody.step("altered", async (page) => {
    await choose(page, { ...vectors.file, pairs: vectors.file.pairs.slice(1) });
    await page.getByRole("heading", { name: w("draw.false") }).waitFor();
  });
  await anybody.says(w("draw.wrong_left_out"));
});

// The office's own draw: the head writes officers down, prepares, announces; a witness co-signs; what the office publishes holds in
// whoever's browser.
const drawn = async (people) => {
  const su = await asCompany(people);
  await apply(su);
  const head = await people.signIn("hygienehead", desk(people.view));
  await head.step("draws", (page) => page.goto("/staff/draws"));
  await head.page.locator('a[href="/staff/draws/officers/health-450107"]').click();
  for (const [name, number] of [["覃卫", "45010001"], ["罗检", "45010002"]]) {
    await head.page.getByLabel(w("draws.officer"), { exact: true }).selectOption({ label: name });
    await head.page.getByLabel(w("draws.certificate")).fill(number);
    await head.page.getByLabel(w("draws.every_item")).check();
    await head.page.getByLabel(w("draws.valid_to")).fill("2027-12-31");
    await head.page.getByRole("button", { name: w("draws.enlist") }).click();
  }
  await head.step("officers", (page) => page.getByText("45010002").waitFor());
  await head.page.goto("/staff/draws");
  await head.step("nothing-chosen", (page) => page.getByRole("button", { name: w("draws.prepare") }).click());
  await head.step("prepared", async (page) => {
    await page.getByLabel(w("draws.agency")).selectOption("health-450107");
    await page.getByLabel(w("draws.scope")).selectOption("he-public-place");
    await page.getByLabel(w("draws.take")).fill("1");
    await page.getByLabel(w("draws.visit_on")).fill("2026-09-21");
    await page.getByRole("button", { name: w("draws.prepare") }).click();
  });
  await head.step("announced", (page) => page.getByRole("button", { name: w("draws.announce"), exact: true }).click());
  // The program may have asked the witness before we do.
  const seek = head.page.getByRole("button", { name: w("draws.seek") });
  if (await seek.count()) await seek.click();
  await head.step("revealed", (page) => page.goto(new URL(page.url()).pathname));
  await head.says(w("draw_state.revealed"), COMPANY, "45010001", "45010002");
  const anybody = await people.visitor();
  await anybody.step("public", (page) => page.goto("/draws"));
  await anybody.step("result", (page) => page.locator('a[href^="/draws/health-450107/"]').click());
  await anybody.says(w("draws.file_means"));
  const file = await (await anybody.page.request.get("/draws/health-450107/1/file")).text();
  await anybody.page.goto("/draws/verify");
  await anybody.step("verified", async (page) => {
    await choose(page, JSON.parse(file));
    await page.getByRole("heading", { name: w("draw.true") }).waitFor();
  });
};

story("draw-office", "what the office draws is verified by the page", [{ width: 1280, script: true }], drawn, { clock: MONDAY });

async function choose(page, file) {
  const field = page.getByLabel(w("draw.file"));
  // The island shows the field once it listens.
  await field.waitFor();
  await field.setInputFiles({ name: "draw.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(file)) });
}

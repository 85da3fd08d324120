// Anybody checks a published draw in the browser: one that holds, one that was altered; without script by command line.

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EACH_ONCE, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

const path = resolve(dirname(fileURLToPath(import.meta.url)), "../../../docs/draw-vectors.json");
const vectors = JSON.parse(await readFile(path, "utf8"));

story("draw", "a published draw is checked by whoever wants to", EACH_ONCE, async (people) => {
  const anybody = await people.visitor();
  await anybody.step("page", (page) => page.goto("/draws/verify"));
  await anybody.says(w("draw.by_line"), "budayang draw verify");
  if (!people.view.script) return;
  const choose = async (page, file) => {
    const field = page.getByLabel(w("draw.file"));
    // The island shows the field once it listens.
    await field.waitFor();
    await field.setInputFiles({ name: "draw.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(file)) });
  };
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

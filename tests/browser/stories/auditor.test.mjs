// The auditor believes nothing: the pages recompute the log, the command line does it again, and a copy in which one
// byte was changed is named by its leaf.

import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { confirmAsPharmacy, fileRenewal } from "../chapters/renewal.mjs";
import { EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

story("auditor", "the log is recomputed and a tampered copy is named", EVERY_WIDTH, async (people) => {
  await fileRenewal(await people.signIn("weimingyue"));
  await confirmAsPharmacy(await people.signIn("pharmacy"));

  const auditor = await people.signIn("auditor");
  await auditor.step("audit", (page) => page.goto("/staff/audit"));
  await auditor.says(w("audit.tallies"));
  await auditor.step("again", (page) => page.getByRole("button", { name: w("audit.again") }).click());
  await auditor.step("trail", (page) => page.goto("/staff/trail"));
  await auditor.step("log", (page) => page.goto("/log"));
  await auditor.step("leaf", (page) => page.goto("/log/leaf/1"));
  const leaf = (await auditor.page.getByRole("region", { name: w("leaf.bytes") }).innerText()).trim();

  await auditor.step("replay", (page) => page.goto("/staff/replay"));
  await auditor.page.getByLabel(w("case.item")).selectOption("fd-pharmacist-renew");
  await auditor.step("tried", async (page) => {
    await page.getByRole("button", { name: w("replay.begin") }).click();
    await page.getByText(w("replay.state_done"), { exact: true }).waitFor();
  });
  await auditor.says(w("replay.by_condition"), w("replay.by_month"));
  await auditor.step("shadows", (page) => page.goto("/staff/replay/shadows"));
  await auditor.step("coverage", (page) => page.goto("/staff/replay/coverage/fd-pharmacist-renew"));
  await auditor.says(w("coverage.gap_only_demonstration"));

  const clean = await people.world.run("ledger", "verify", "--data", people.world.data);
  assert.equal(clean.code, 0, clean.printed);
  const again = await people.world.run("replay", "--data", people.world.data);
  assert.equal(again.code, 0, again.printed);

  const copy = await mkdtemp(join(tmpdir(), "budayang-tampered-"));
  try {
    await cp(people.world.data, copy, { recursive: true });
    await changeOneByte(copy, leaf);
    const tampered = await people.world.run("ledger", "verify", "--data", copy);
    assert.equal(tampered.code, 1, tampered.printed);
    assert.match(tampered.printed, /\b1\b/, "the changed leaf is named");
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});

/** Finds the leaf in the files of the database and turns its last letter into another. */
async function changeOneByte(folder, leaf) {
  const needle = Buffer.from(leaf.slice(0, 60));
  let changed = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const bytes = await readFile(path);
    for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
      const last = at + needle.length - 1;
      bytes[last] = bytes[last] === 0x61 ? 0x62 : 0x61;
      changed += 1;
    }
    if (changed) await writeFile(path, bytes);
  }
  assert.ok(changed > 0, "the leaf stands in the files of the copy");
}

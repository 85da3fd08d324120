// A pharmacist renews her registration at night; her pharmacy confirms; within a second it is granted, with its reasons.

import assert from "node:assert/strict";
import { confirmAsPharmacy, fileRenewal, openCase } from "../chapters/renewal.mjs";
import { EVERY_WAY, story } from "../harness/story.mjs";
import { like, w } from "../harness/words.mjs";

story("grant", "a renewal is granted when the pharmacy confirms", EVERY_WAY, async (people) => {
  const ming = await people.signIn("weimingyue");
  const { number, secret } = await fileRenewal(ming);

  const anybody = await people.visitor();
  await anybody.step("progress", async (page) => {
    await page.goto("/progress");
    await page.getByLabel(w("receipt.number")).fill(number);
    await page.getByLabel(w("receipt.secret")).fill(secret);
    await page.getByRole("button", { name: w("progress.go") }).click();
  });
  await anybody.says(w("progress.only"));
  assert.ok(!(await anybody.text()).includes("韦明月"), "a receipt shows the status and no name");

  const pharmacy = await people.signIn("pharmacy");
  await confirmAsPharmacy(pharmacy);

  await openCase(ming, "outcome");
  await ming.says(w("outcome.why"), w("outcome.duties"), w("outcome.proof"), like("outcome.leaf"));
  const checks = await ming.page.getByRole("region", { name: w("outcome.why") }).getByRole("listitem").count();
  assert.ok(checks >= 5, `the outcome lists every condition, here ${checks}`);

  await ming.step("licence", (page) => page.getByRole("link", { name: w("outcome.licence") }).click());
  await ming.says("韦明月", w("licence.demo"));
  await ming.step("proof", async (page) => {
    await page.goBack();
    await page.getByRole("link", { name: w("outcome.see_leaf") }).click();
  });
  await ming.says(w("leaf.bytes"), w("leaf.proof"));
  assert.ok(!(await ming.text()).includes("韦明月"), "the log holds no name");
});

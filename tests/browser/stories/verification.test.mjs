// Anybody checks a licence: by its number, by its file, and a file that was changed is named.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { confirmAsPharmacy, fileRenewal, openCase } from "../chapters/renewal.mjs";
import { EVERY_WAY, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

story("verification", "a licence is verified, a forged one is named", EVERY_WAY, async (people) => {
  const ming = await people.signIn("weimingyue");
  await fileRenewal(ming);
  await confirmAsPharmacy(await people.signIn("pharmacy"));
  await openCase(ming, "outcome");
  await ming.step("licence", (page) => page.getByRole("link", { name: w("outcome.licence") }).click());
  const code = await ming.page.locator(".licence__no .code").innerText();
  const file = await download(ming.page);

  const anybody = await people.visitor();
  await anybody.step("by-number", async (page) => {
    await page.goto("/verify");
    await page.getByLabel(w("licence.number")).fill(code);
    await page.getByRole("button", { name: w("verify.go") }).first().click();
  });
  await genuine(anybody);
  await anybody.step("by-file", (page) => verifyFile(page, file));
  await genuine(anybody);

  const forged = Buffer.from(file.toString("utf8").replace("韦明月", "韦明日"));
  assert.notDeepEqual(forged, file, "the licence names its holder");
  await anybody.step("forged", (page) => verifyFile(page, forged));
  await anybody.says(w("checked.fail"));
  await anybody.step("unknown-number", async (page) => {
    await page.goto("/verify");
    await page.getByLabel(w("licence.number")).fill("1.2.156.3005.2.1");
    await page.getByRole("button", { name: w("verify.go") }).first().click();
  });
  assert.doesNotMatch(await anybody.text(), new RegExp(`(?<!未|不)${w("checked.pass")}`), "no licence, nothing that holds");
});

/** Every check of the verification holds. */
async function genuine(person) {
  await person.says(w("verify.checks"), w("checked.pass"));
  assert.ok(!(await person.text()).includes(w("checked.fail")), await person.text());
}

async function download(page) {
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: w("licence.download") }).click(),
  ]);
  return readFile(await saved.path());
}

async function verifyFile(page, bytes) {
  await page.goto("/verify");
  await page.getByLabel(w("verify.file")).setInputFiles({ name: "licence.json", mimeType: "application/json", buffer: bytes });
  await page.getByRole("button", { name: w("verify.go") }).last().click();
}

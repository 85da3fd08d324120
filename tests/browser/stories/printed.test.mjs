// The code printed on a licence: a picture of it is checked in the reader's own browser, with and without a network.

import assert from "node:assert/strict";
import { forged, scan } from "../chapters/printed.mjs";
import { confirmAsPharmacy, fileRenewal, openCase } from "../chapters/renewal.mjs";
import { shot } from "../harness/browser.mjs";
import { EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

const DAY_MS = 24 * 3_600 * 1_000;

story("printed", "a picture of a licence's code is checked in the browser", EVERY_WIDTH, async (people) => {
  const ming = await people.signIn("weimingyue");
  await fileRenewal(ming);
  await confirmAsPharmacy(await people.signIn("pharmacy"));
  await openCase(ming, "outcome");
  await ming.step("licence", (page) => page.getByRole("link", { name: w("outcome.licence") }).click());
  const code = ming.page.locator(".qr");
  const [picture, address] = [await shot(code), await code.getAttribute("href")];

  const anybody = await people.visitor();
  const { page } = anybody;
  await anybody.step("empty", (page) => page.goto("/verify"));
  await anybody.step("genuine", (page) => scan(page, picture));
  await anybody.says(w("answer.green"), "韦明月");
  assert.deepEqual(await asked(page), [], "the licence itself is sent to nobody");

  await anybody.step("forged", (page) => scan(page, forged(address, "韦明月", "韦明日"), "image/gif"));
  await anybody.says(w("answer.red"), w("answer.signature"));
  assert.doesNotMatch(await anybody.text(), /韦明/, "a forgery is not read out as a licence");

  await anybody.step("no-licence", (page) => page.goto(`/v#${"1".repeat(340)}`));
  await page.getByRole("heading", { name: w("answer.red") }).waitFor();
  await anybody.says(w("answer.form"));
  assert.ok(!(await anybody.text()).includes("韦明月"), "nothing of the one before is left");

  await page.waitForFunction(async () => (await caches.match("/verify")) !== undefined);
  await page.context().setOffline(true);
  await page.goto("/verify");
  await scan(page, picture);
  await anybody.says(w("answer.green"));
  await scan(page, forged(address, "韦明月", "韦明日"), "image/gif");
  await anybody.says(w("answer.red"), w("answer.signature"));
  await page.clock.setFixedTime(new Date(Date.now() + 3 * DAY_MS));
  await scan(page, picture);
  await page.getByRole("heading", { name: w("answer.yellow") }).waitFor();
  await anybody.says(w("answer.yellow"), "韦明月");
  // Without a network the browser says so in its console; that is what this part is about.
  anybody.browser.take();
});

/** What was asked of the site beside the page's own parts and the two lists. */
async function asked(page) {
  const names = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname));
  return names.filter((name) => !/^\/(assets\/|verify\/(trust|status)$|favicon|verify-worker)/.test(name));
}

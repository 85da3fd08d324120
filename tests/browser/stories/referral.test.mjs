// A fact that only a person may judge: a clerk finds the case in the queue, reads what the machine found, and decides.

import assert from "node:assert/strict";
import { confirmAsPharmacy, fileRenewal, openCase } from "../chapters/renewal.mjs";
import { desk, EVERY_WAY, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

story("referral", "a person decides what the machine may not", EVERY_WAY, async (people) => {
  const qin = await people.signIn("qinhaiyan");
  await fileRenewal(qin);
  await confirmAsPharmacy(await people.signIn("pharmacy", desk(people.view)));
  await openCase(qin, "with-a-person");
  await qin.says(w("outcome.next"), w("met.unknown"));

  const clerk = await people.signIn("clerk", desk(people.view));
  await clerk.step("queue", (page) => page.goto("/staff/queue"));
  await clerk.step("case", async (page) => {
    await page.getByRole("row", { name: "覃海燕" }).getByRole("link").click();
  });
  await clerk.says(w("case.filed"), w("case.found"), w("met.unknown"));
  await clerk.step("no-reasons", async (page) => {
    await page.getByRole("radio").first().check();
    await page.locator("#f-reasons").fill("");
    await page.getByRole("button", { name: w("case.sign") }).click();
  });
  assert.ok(await clerk.page.getByRole("alert").count(), "a decision without reasons is not signed");
  await clerk.step("decided", async (page) => {
    await page.getByRole("radio").first().check();
    await page.locator("#f-reasons").fill("经电话核实，执业单位许可证有效，准予延续。");
    await page.getByRole("button", { name: w("case.sign") }).click();
  });
  // A minute in which it may be taken back; the clerk does once, and what was written is still there.
  await clerk.says(w("hold.door"), "经电话核实");
  await clerk.step("taken-back", (page) => page.getByRole("button", { name: w("hold.undo") }).click());
  assert.match(await clerk.page.locator("#f-reasons").inputValue(), /经电话核实/);
  await clerk.step("signed-again", async (page) => {
    await page.getByRole("radio").first().check();
    await page.getByRole("button", { name: w("case.sign") }).click();
  });
  await clerk.step("sent", (page) => page.getByRole("button", { name: w("hold.leave") }).click());
  await clerk.says(w("case.sent"));

  await openCase(qin, "decided");
  await qin.says(w("outcome.decision"), "经电话核实", "李文");
});

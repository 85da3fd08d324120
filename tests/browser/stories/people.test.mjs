// Who has a case: an officer finds it with his name and the reason, says that he will be away and about whom he may not
// decide, and the case goes on to his colleague.

import assert from "node:assert/strict";
import { confirmAsPharmacy, fileRenewal } from "../chapters/renewal.mjs";
import { desk, EVERY_WIDTH, story } from "../harness/story.mjs";
import { like, w } from "../harness/words.mjs";

story("people", "a case goes to an officer, and on to another when he is away", EVERY_WIDTH, async (people) => {
  await fileRenewal(await people.signIn("qinhaiyan"));
  await confirmAsPharmacy(await people.signIn("pharmacy", desk(people.view)));

  const clerk = await people.signIn("clerk", desk(people.view));
  // The clock gives it to somebody within a second or two.
  await clerk.step("queue", (page) => page.goto("/staff/queue"));
  await clerk.step("case", (page) => page.getByRole("row", { name: "覃海燕" }).getByRole("link").click());
  const address = clerk.page.url();
  const holder = async () => {
    for (let tries = 0; tries < 40; tries += 1) {
      const text = await clerk.page.getByRole("main").innerText();
      const found = ["李文", "覃立言"].find((name) => text.includes(w("hold.with").replace("{}", name)));
      if (found) return found;
      await clerk.page.waitForTimeout(250);
      await clerk.page.reload();
    }
    throw new Error("nobody has the case");
  };
  const first = await holder();
  const second = first === "李文" ? "覃立言" : "李文";
  await clerk.says(like("hold.with"));

  const mine = first === "李文" ? clerk : await people.signIn("clerk2", desk(people.view));
  await mine.step("mine", (page) => page.goto("/staff/queue?show=waiting&whose=mine"));
  await mine.says("覃海燕");
  await mine.step("roster", (page) => page.goto("/staff/roster"));
  await mine.step("wrong-days", async (page) => {
    await page.getByRole("button", { name: w("roster.say_away") }).click();
  });
  assert.ok(await mine.page.getByRole("alert").count(), "days must be chosen");
  await mine.step("away", async (page) => {
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    await page.getByLabel(w("roster.from")).fill(today);
    await page.getByLabel(w("roster.to")).fill(today);
    await page.getByLabel(w("roster.deputy")).selectOption({ label: `${second}（审批员）` });
    await page.getByRole("button", { name: w("roster.say_away") }).click();
  });
  await mine.says(w("roster.end"));
  // Whichever of the two it was: the clerk may have been at the roster himself.
  await clerk.step("handed-on", (page) => page.goto(address));
  assert.equal(await holder(), second, "the deputy has it now");
  await clerk.says(`${first}不在岗，由代理人${second}接办`);
});

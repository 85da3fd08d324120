// The rule workshop: a lawyer changes a threshold as a sentence, a case fails, she mends it; another person puts it in force; a
// citizen is decided by it; the version is taken back, and what was decided before stands as it was.

import assert from "node:assert/strict";
import { confirmAsPharmacy, fileRenewal } from "../chapters/renewal.mjs";
import { desk, EACH_ONCE, story } from "../harness/story.mjs";
import { like, w } from "../harness/words.mjs";

const ITEM = "/staff/rules/fd-pharmacist-renew";

story("workshop", "a threshold is changed, put in force by another, and taken back", EACH_ONCE, async (people) => {
  const pharmacy = await people.signIn("pharmacy", desk(people.view));
  const before = await fileRenewal(await people.signIn("weimingyue", desk(people.view)));
  await confirmAsPharmacy(pharmacy);

  const author = await people.signIn("author");
  await author.step("rules", (page) => page.goto("/staff/rules"));
  await author.step("item", (page) => page.goto(ITEM));
  await author.step("draft", (page) => page.getByRole("button", { name: w("workshop.begin") }).click());
  await author.says("应修学分", like("workshop.all_pass"), like("workshop.proved"));
  await author.step("threshold", async (page) => {
    await page.locator('[name="/decision/p1/rule/1/result/0"]').fill("45");
    await save(page);
  });
  await author.says(like("workshop.some_fail"), "差一分", w("workshop.state.draft"));
  await author.step("mended", async (page) => {
    const cases = page.getByLabel(w("workshop.cases_text"));
    await cases.fill((await cases.inputValue()).replace("已获学分 | 74", "已获学分 | 44"));
    await save(page);
  });
  await author.says(like("workshop.all_pass"), w("workshop.state.tested"));
  await author.step("proposed", async (page) => {
    await page.getByLabel(w("workshop.purpose")).fill("学分标准由七十五分调整为四十五分（演示）");
    await page.getByRole("button", { name: w("workshop.step.propose"), exact: true }).click();
  });
  await author.says(w("workshop.state.proposed"));
  const draft = author.page.url();

  const publisher = await people.signIn("publisher", desk(people.view));
  await publisher.step("approve", async (page) => {
    await page.goto(draft);
    await page.getByRole("button", { name: w("workshop.step.approve"), exact: true }).click();
  });
  await publisher.step("published", (page) =>
    page.getByRole("button", { name: w("workshop.step.publish"), exact: true }).click(),
  );
  await publisher.says(w("workshop.state.published"));

  const huang = await people.signIn("huangchunsheng", desk(people.view));
  const after = await fileRenewal(huang);
  await confirmAsPharmacy(pharmacy);
  await huang.step("granted", (page) => page.goto(`/cases/${after.number}`));
  await huang.says(w("state.granted"));

  await publisher.step("back", async (page) => {
    await page.goto(ITEM);
    const bad = page.getByRole("listitem").filter({ hasText: w("workshop.in_force") }).first();
    await bad.locator("details > summary").click();
    await bad.getByLabel(w("workshop.back_why")).fill("调整没有依据，恢复原标准");
    await bad.getByRole("button", { name: w("workshop.back_do") }).click();
  });
  await publisher.says(w("workshop.taken_back"), w("workshop.in_force"));

  const clerk = await people.signIn("clerk", desk(people.view));
  await clerk.step("decided", async (page) => {
    const list = await publisher.page.getByRole("listitem").filter({ hasText: w("workshop.taken_back") }).first();
    await page.goto(await list.getByRole("link", { name: w("workshop.decided") }).getAttribute("href"));
  });
  await clerk.says(after.number);
  assert.ok(!(await clerk.text()).includes(before.number), "what an earlier version decided is not in question");
});

const save = (page) => page.getByRole("button", { name: w("workshop.save"), exact: true }).click();

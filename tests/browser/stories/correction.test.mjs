// Another pharmacist lacks credits: one notice names everything to mend. And a form filled in wrongly says so at once.

import assert from "node:assert/strict";
import { confirmAsPharmacy, fileRenewal, openCase } from "../chapters/renewal.mjs";
import { EVERY_WAY, story } from "../harness/story.mjs";
import { like, w } from "../harness/words.mjs";

story("correction", "what is missing comes in one notice", EVERY_WAY, async (people) => {
  const huang = await people.signIn("huangchunsheng");
  await fileRenewal(huang);
  await confirmAsPharmacy(await people.signIn("pharmacy"));
  await openCase(huang, "notice");
  await huang.says(w("outcome.mend"), like("outcome.mend_until"), "继续教育");
  assert.equal(await huang.page.getByRole("region", { name: w("outcome.duties") }).count(), 0, "no duty without a grant");
});

story("errors", "a form with every field wrong names them all", EVERY_WAY, async (people) => {
  const ming = await people.signIn("weimingyue");
  await ming.step("errors", async (page) => {
    await page.goto("/me");
    await page.getByRole("main").getByRole("link").first().click();
    const apply = page.getByRole("link", { name: w("guide.apply") });
    if (await apply.count()) await apply.click();
    await page.getByLabel("联系电话").fill("12");
    await page.getByRole("button", { name: w("form.check") }).click();
  });
  const summary = ming.page.getByRole("alert");
  assert.equal(await summary.getByRole("link").count(), 2, "the telephone and the declaration");
  await summary.getByRole("link").first().click();
  assert.equal(await ming.page.getByLabel("联系电话").inputValue(), "12", "what was typed is kept");
  await ming.step("nothing-filed", (page) => page.goto("/me"));
  await ming.says(w("me.no_cases"));
});

// A hearing that stops the clock: ordered at the workbench, read in writing by the applicant, held, recorded; then two officers
// decide.

import assert from "node:assert/strict";
import { desk, EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";
import { MONDAY } from "../harness/world.mjs";

const NOTICE = "定于9月10日上午9时在市政务服务大厅三楼公开听证，请携带身份证件。";
const REASONS = "经听证，邻近住户没有异议，验收合格，准予许可。";

const hearing = async (people) => {
  const fang = await people.signIn("qingshan");
  await fang.page.goto("/me/acting?item=fd-drug-retail");
  await fang.page.getByLabel("青山大药房").check();
  await fang.page.getByRole("button", { name: w("acting.go") }).click();
  await fang.page.goto("/items/fd-drug-retail/apply");
  await fang.page.getByLabel("处方药和非处方药").check();
  await fang.page.getByLabel("联系电话").fill("13800138000");
  await fang.page.getByLabel("以上内容属实").check();
  await fang.page.getByRole("button", { name: w("form.check") }).click();
  await fang.page.getByLabel(w("check.agree")).check();
  await fang.page.getByRole("button", { name: w("check.send") }).click();
  await fang.page.goto("/me");
  await fang.page.getByRole("region", { name: w("me.cases") }).getByRole("rowheader").first().getByRole("link").click();
  await fang.says(w("says.in_review"));
  const mine = new URL(fang.page.url()).pathname;

  const feng = await people.signIn("retailclerk", desk(people.view));
  const file = mine.replace("/cases/", "/staff/cases/");
  await feng.page.goto(file);
  await feng.step("nothing-chosen", (page) => page.getByRole("button", { name: w("step.order_go") }).click());
  assert.ok((await feng.page.getByRole("alert").getByRole("link").count()) >= 2, "who goes, and what is told");
  await feng.step("ordered", async (page) => {
    await page.getByRole("radio", { name: /^听证/ }).check();
    for (const name of ["周正", "蒙法"]) await page.getByLabel(new RegExp(`^${name}`)).check();
    await page.getByLabel(w("step.notice"), { exact: true }).fill(NOTICE);
    await page.getByRole("button", { name: w("step.order_go") }).click();
  });
  await feng.says(w("step.done"), NOTICE, /蒙法.*周正|周正.*蒙法/);
  const grants = await feng.page.getByRole("radio", { name: w("ruling.grant"), exact: true }).count();
  assert.equal(grants, 0, "what comes first is not left out");
  const due = await lastDay(feng.page);

  await fang.step("notice", (page) => page.goto(mine));
  await fang.says("听证", NOTICE, w("says.special_step"), w("step.until"));
  await fang.step("message", (page) => page.goto("/me/messages"));
  await fang.says(NOTICE, "不计入办理时限");

  await people.world.ahead(3);
  const recorder = await people.signIn("reviewer", desk(people.view));
  await recorder.page.goto(file);
  await recorder.step("recorded", async (page) => {
    await page.getByLabel(w("step.yes"), { exact: true }).check();
    await page.getByLabel(w("step.findings"), { exact: true }).fill("听证笔录十页，双方签字；邻近住户没有异议。");
    await page.getByRole("button", { name: w("step.record_go") }).click();
  });
  const decider = await people.signIn("retailclerk", desk(people.view));
  await decider.page.goto(file);
  const now = await lastDay(decider.page);
  assert.ok(now < due, `the clock stood still for four days and not for twenty: ${now} and ${due}`);
  await decider.step("signed", async (page) => {
    await page.getByRole("radio", { name: w("ruling.grant"), exact: true }).check();
    await page.locator("#f-reasons").fill(REASONS);
    await page.getByRole("button", { name: w("case.sign") }).click();
  });
  const chief = await people.signIn("chief", desk(people.view));
  await chief.page.goto(file);
  await chief.page.getByRole("button", { name: w("hold.concur") }).click();
  await decider.page.reload();
  await decider.page.getByRole("button", { name: w("hold.leave") }).click();
  const again = await people.signIn("qingshan");
  await again.page.goto("/me/acting");
  await again.page.getByLabel("青山大药房").check();
  await again.page.getByRole("button", { name: w("acting.go") }).click();
  await again.step("decided", (page) => page.goto(mine));
  await again.says(REASONS, "冯立", "韦重", "双方签字");
};

story("hearing", "a hearing stops the clock and is told in writing", EVERY_WIDTH, hearing, { clock: MONDAY });

/** The last day of the limit in law, as the list of clocks shows it. */
async function lastDay(page) {
  const row = page.getByRole("row", { name: w("light.limit_statutory") }).first();
  const found = /(\d+)年(\d+)月(\d+)日/.exec((await row.getByRole("cell").allInnerTexts())[2] ?? "");
  assert.ok(found, await row.innerText());
  return found.slice(1).map((n) => n.padStart(2, "0")).join("-");
}

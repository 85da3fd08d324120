// A promise that is not kept: granted at once, looked at within its time, ordered to mend, looked at again, annulled after the
// holder was told and waived the hearing; the licence is good for nothing, and the next promise is not taken.

import assert from "node:assert/strict";
import { apply, asCompany, COMPANY } from "../chapters/hygiene.mjs";
import { scan } from "../chapters/printed.mjs";
import { shot } from "../harness/browser.mjs";
import { desk, EACH_ONCE, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";
import { MONDAY } from "../harness/world.mjs";

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const BAD = "没有卫生检测报告";

const supervision = async (people) => {
  const su = await asCompany(people);
  await apply(su);
  await su.says(w("receipt.title"));
  const number = (await su.page.locator(".secret .code").first().innerText()).replaceAll(/\s/g, "");
  const code = await printed(su);
  const phone = await people.visitor(desk(people.view));
  await checked(phone, code, 0);
  await phone.says(w("answer.green"), COMPANY);

  const lead = await people.signIn("healthclerk", desk(people.view));
  await lead.step("duties", (page) => page.goto("/staff/duties"));
  await lead.step("duty", (page) => page.locator("tr", { hasText: number }).getByRole("link").first().click());
  await lead.step("claimed", (page) => page.getByRole("button", { name: w("duty.claim"), exact: true }).click());
  await lead.says(w("duty_state.claimed"), w("duty.done"));
  await lead.step("planned", (page) => page.getByRole("button", { name: w("inspect.plan") }).click());
  const first = new URL(lead.page.url()).pathname;
  await lead.step("nothing-recorded", (page) => page.getByRole("button", { name: w("inspect.record_go") }).click());
  assert.ok((await lead.page.getByRole("alert").getByRole("link").count()) >= 6, "everything that is missing, at once");
  await lead.step("recorded", (page) => record(page, "2026-10-06"));
  await lead.says(w("inspect.waits_for_second"));
  const second = await people.signIn("hygiene", desk(people.view));
  await second.step("to-sign", (page) => page.goto(first));
  await second.step("signed", (page) => page.getByRole("button", { name: w("inspect.sign"), exact: true }).click());
  await second.says(w("inspection_state.mending"), BAD);
  const anybody = await people.visitor();
  await anybody.step("public", (page) => page.goto("/inspections"));
  await anybody.says(COMPANY, w("inspection_state.mending"));

  await people.world.ahead(32);
  const again = await people.signIn("healthclerk", desk(people.view));
  await again.page.goto("/staff/inspections");
  await again.page.locator("li", { hasText: w("inspection_source.recheck") }).getByRole("link").first().click();
  const recheck = new URL(again.page.url()).pathname;
  await record(again.page);
  const other = await people.signIn("hygiene", desk(people.view));
  await other.page.goto(recheck);
  await other.page.getByRole("button", { name: w("inspect.sign"), exact: true }).click();
  await other.says(w("inspection_state.failed"));
  await other.step("annulment", (page) => page.locator('a[href^="/staff/annulments/CX"]').first().click());
  await other.step("told", async (page) => {
    await page.locator('[id="f-tell-facts"]').fill("承诺有检测报告，两次检查均没有。");
    await page.getByLabel(/^承诺不实/).check();
    await page.getByLabel("已告知陈述、申辩的权利").check();
    await page.getByLabel("已告知五日内要求听证的权利").check();
    await page.getByRole("button", { name: /告知持有人/ }).click();
  });
  const annulment = new URL(other.page.url()).pathname;

  const holder = await asCompany(people);
  await holder.step("holder-told", (page) => page.goto(annulment.replace("/staff", "")));
  await holder.says("承诺有检测报告，两次检查均没有。", w("annul.what_you_can"));
  await holder.step("waived", async (page) => {
    await page.locator("#step-waive > summary").click();
    await page.getByLabel("不要求听证").check();
    await page.getByRole("button", { name: "放弃听证" }).click();
  });
  const head = await people.signIn("hygienehead", desk(people.view));
  await head.page.goto(annulment);
  await head.step("annulled", async (page) => {
    await page.locator("#step-annul > summary").click();
    await page.locator('[id="f-annul-reasons"]').fill("承诺不实，逾期没有改正，依法撤销。");
    await page.getByLabel("撤销不会对公共利益造成重大损害").check();
    await page.locator("#step-annul").getByRole("button").click();
  });
  await head.says("已撤销许可");

  await holder.page.goto("/me");
  await holder.step("licence", (page) => page.locator('a[href^="/licences/"]').first().click());
  await holder.says(w("hold.annulled"));
  const held = decodeURIComponent(new URL(holder.page.url()).pathname.replace("/licences/", ""));
  const reader = await people.visitor();
  await reader.step("verified", (page) => page.goto(`/verify?code=${held}`));
  await reader.says(w("verify.annulled_means"));
  await phone.page.context().setOffline(true);
  await checked(phone, code, 32);
  await phone.says(w("answer.yellow"), COMPANY);
  await phone.page.context().setOffline(false);
  phone.browser.take();
  await phone.step("scanned", () => checked(phone, code, 32));
  await phone.says(w("answer.red"), w("answer.mark_set_aside").split("（")[0]);
  await apply(holder);
  await holder.page.goto("/me");
  await holder.page.getByRole("region", { name: w("me.cases") }).getByRole("rowheader").first().getByRole("link").click();
  await holder.says(w("says.in_review"));
};

story("supervision", "a promise that is not kept closes the next one", EACH_ONCE, supervision, { clock: MONDAY });

/** A picture of the code on the newest licence. */
async function printed({ page }) {
  await page.goto("/me");
  await page.locator('a[href^="/licences/"]').first().click();
  return shot(page.locator(".qr"));
}

/** Shows the picture to the verifier on somebody's phone, whose clock stands so many days behind the story's first. */
async function checked({ page }, picture, days) {
  await page.clock.setFixedTime(new Date(Date.parse(MONDAY) + days * DAY_MS + HOUR_MS));
  if (days === 0) {
    await page.goto("/verify");
    await page.waitForFunction(async () => (await caches.match("/verify")) !== undefined);
  }
  await scan(page, picture);
}

/** Line by line, with one that is not so; `mend`: by when, in the first inspection. */
async function record(page, mend) {
  for (const line of ["certificates", "open-place", "facilities"]) {
    await page.locator(`input[name="/line/${line}"][value="good"]`).check();
  }
  await page.locator('input[name="/line/report"][value="bad"]').check();
  await page.locator('input[name="/note/report"]').fill(BAD);
  await page.locator('input[name="/place"]').fill("新康大药房店内");
  if (mend) await page.locator('input[name="/mend_by"]').fill(mend);
  await page.getByLabel(w("signing.signed")).check();
  await page.locator('input[name="/signer"]').fill("苏荷，经办人");
  await page.getByRole("button", { name: w("inspect.record_go") }).click();
}

// What several stories have in common: a pharmacist renews her registration, and her pharmacy confirms.

import assert from "node:assert/strict";
import { like, w } from "../harness/words.mjs";

const PHONE = "13800138000";

/** From the personal page, by the offer to renew, to the receipt. Gives the case number and the secret. */
export async function fileRenewal(person) {
  await person.step("me", (page) => page.goto("/me"));
  await person.step("form", async (page) => {
    // The offer to renew stands first on the page of somebody whose registration runs out.
    await page.getByRole("main").getByRole("link").first().click();
    const apply = page.getByRole("link", { name: w("guide.apply") });
    if (await apply.count()) await apply.click();
  });
  await person.says(like("field.fetched"));
  await person.step("answers", async (page) => {
    await page.getByLabel("联系电话").fill(PHONE);
    await page.getByLabel("以上内容属实").check();
    await page.getByRole("button", { name: w("form.check") }).click();
  });
  await person.says(PHONE);
  await person.step("receipt", async (page) => {
    await page.getByLabel(w("check.agree")).check();
    await page.getByRole("button", { name: w("check.send") }).click();
  });
  await person.says(w("receipt.title"), w("receipt.secret"));
  return receiptOf(person.page);
}

/** Number and secret as they stand on the receipt. */
async function receiptOf(page) {
  const [number, secret] = await page.locator(".secret .code").allInnerTexts();
  assert.ok(number && secret, "the receipt shows a number and a secret");
  return { number: plain(number), secret: plain(secret) };
}

/** Codes are shown in groups; people may type them either way. */
const plain = (code) => code.replaceAll(/\s/g, "");

/** The pharmacy opens what waits for it and says yes. */
export async function confirmAsPharmacy(pharmacy) {
  await pharmacy.step("tasks", async (page) => {
    await page.goto("/me");
    const task = page.getByRole("region", { name: w("me.tasks") }).getByRole("link").first();
    if (!(await task.count())) await actFor(page, "邕江大药房");
    await page.getByRole("region", { name: w("me.tasks") }).getByRole("link").first().click();
  });
  await pharmacy.says(w("confirm.yours"));
  await pharmacy.step("confirmed", (page) => page.getByRole("button", { name: w("confirm.yes") }).click());
}

async function actFor(page, company) {
  await page.goto("/me/acting");
  await page.getByLabel(company).check();
  await page.getByRole("button", { name: w("acting.go") }).click();
  await page.goto("/me");
}

/** The newest case on the personal page. */
export async function openCase(person, step) {
  await person.step(step, async (page) => {
    await page.goto("/me");
    await page.getByRole("region", { name: w("me.cases") }).getByRole("rowheader").first().getByRole("link").click();
  });
}

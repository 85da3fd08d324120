// A photograph goes in with the form: chosen, refused where it is none, laid in, sent; checked by the program; seen beside the
// form by an officer, who photographs one more at the counter.

import assert from "node:assert/strict";
import { shot } from "../harness/browser.mjs";
import { desk, EACH_ONCE, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

const COMPANY = "演示新康大药房";
const PLAN = "经营场所布局和操作流程图";

story("material", "a photograph is handed in with the form and seen beside it", EACH_ONCE, async (people) => {
  const su = await people.signIn("newpharmacy");
  await su.page.goto("/me/acting?item=fd-food-licence");
  await su.page.getByLabel(COMPANY).check();
  await su.page.getByRole("button", { name: w("acting.go") }).click();
  // What a camera would take: this very page.
  const photograph = { name: "店面 照片.jpg", mimeType: "image/jpeg", buffer: await shot(su.page, { type: "jpeg" }) };
  await su.step("form", (page) => page.goto("/items/fd-food-licence/apply"));
  await su.step("refused", async (page) => {
    await page.getByLabel("自制饮品").check();
    await page.getByLabel("负责人姓名").fill("苏荷");
    await page.getByLabel("负责人公民身份号码").fill(citizenId("45010719920308963"));
    await page.getByLabel("联系电话").fill("13877100001");
    await page.getByLabel(/填写的内容真实/).check();
    const page1 = { name: "图.jpg", mimeType: "image/jpeg", buffer: Buffer.from("<!doctype html><p>no picture</p>") };
    await page.getByLabel(PLAN).setInputFiles(page1);
    await page.getByRole("button", { name: w("form.check") }).click();
  });
  assert.equal(await su.page.getByRole("alert").getByRole("link").count(), 1, "only the file is wrong");
  assert.equal(await su.page.getByLabel("负责人姓名").inputValue(), "苏荷", "what was typed is kept");
  await su.step("answers", async (page) => {
    await page.getByLabel(PLAN).setInputFiles(photograph);
    await page.getByRole("button", { name: w("form.check") }).click();
  });
  await su.says(photograph.name);
  await su.step("receipt", async (page) => {
    await page.getByLabel(w("check.agree")).check();
    await page.getByRole("button", { name: w("check.send") }).click();
  });
  await su.says(w("receipt.title"));
  const number = /cases\/([^/]+)\//.exec(su.page.url())[1];

  const food = await people.signIn("food", desk(people.view));
  const shown = food.page.getByRole("img", { name: new RegExp(PLAN) });
  for (let tries = 0; tries < 40 && !(await shown.count()); tries += 1) {
    await food.page.goto(`/staff/cases/${number}`);
    if (!(await shown.count())) await food.page.waitForTimeout(500);
  }
  await shown.first().scrollIntoViewIfNeeded();
  await food.page.waitForFunction(() => document.querySelector(".paper img")?.naturalWidth > 0);
  await food.step("beside-the-form", async () => {});
  await food.step("counter", async (page) => {
    await page.getByText(w("material.take_in")).click();
    await page.getByLabel(new RegExp(`^${w("material.photo")} ${PLAN}`)).setInputFiles(photograph);
    await page.getByRole("button", { name: w("material.send") }).click();
  });
  await food.says(w("material.by_photo").replace("{}", "").trim());

  await su.step("materials", (page) => page.goto(`/cases/${number}/materials`));
  await su.says(w("material_state.clean"), photograph.name);
});

/** The check character of a citizen id (GB 11643). */
function citizenId(body) {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * weights[i], 0);
  return body + "10X98765432"[sum % 11];
}

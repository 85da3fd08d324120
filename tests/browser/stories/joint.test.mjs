// A pharmacy is to be opened: three agencies on two levels, one form, one correction, one page for all of it.

import assert from "node:assert/strict";
import { desk, EACH_ONCE, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

const COMPANY = "演示新康大药房";

story("joint", "one form and one correction for three agencies", EACH_ONCE, async (people) => {
  const su = await people.signIn("newpharmacy");
  await su.step("whose", async (page) => {
    await page.goto("/me/acting?item=open-pharmacy");
    await page.getByLabel(COMPANY).check();
    await page.getByRole("button", { name: w("acting.go") }).click();
  });
  await su.says(w("joint.parts"), w("joint.papers"));
  assert.equal(await su.page.getByRole("rowheader", { name: "营业执照" }).count(), 1, "each paper once");
  await su.step("form", async (page) => {
    for (const box of await page.getByRole("checkbox").all()) await box.check();
    await page.getByRole("button", { name: w("joint.begin") }).click();
  });
  await su.step("wrong", async (page) => {
    await page.getByRole("button", { name: w("joint.send") }).click();
  });
  assert.ok(await su.page.getByRole("alert").getByRole("link").count() > 3, "everything to mend at once");
  await su.step("filed", async (page) => {
    await page.getByLabel("非处方药", { exact: true }).check();
    await page.getByLabel("自制饮品").check();
    await page.getByLabel("负责人姓名").fill("苏荷");
    await page.getByLabel("负责人公民身份号码").fill(citizenId("45010719920308963"));
    await page.getByLabel("场所类别").selectOption("shop");
    await page.getByLabel("直接为顾客服务的人数").fill("4");
    await page.getByLabel("其中持有健康合格证的人数").fill("3");
    await page.getByLabel("告知承诺").check();
    await page.getByLabel(/选址、布局/).check();
    await page.getByLabel("联系电话").fill("13877100001");
    await page.getByLabel(/填写的内容真实/).check();
    await page.getByRole("button", { name: w("joint.send") }).click();
  });
  await su.says(w("joint.state_gathering"), w("joint.cases"));
  const address = su.page.url();

  const food = await people.signIn("food", desk(people.view));
  await food.step("joints", (page) => page.goto("/staff/joints"));
  await food.step("joint-at-desk", (page) => page.getByRole("row", { name: COMPANY }).getByRole("link").click());
  await food.step("nothing-to-mend", (page) => page.getByRole("button", { name: w("joint.content") }).click());
  await food.says(w("joint.state_correcting"));

  await su.step("notice", (page) => page.goto(address));
  await su.says(w("joint.notice"), "持证人数");
  await su.step("correction", (page) => page.getByRole("link", { name: w("joint.go_correct") }).click());
  assert.equal(await su.page.getByLabel("店面地址").count(), 0, "what the others were told is not asked again");
  await su.step("mended", async (page) => {
    await page.getByLabel("其中持有健康合格证的人数").fill("4");
    await page.getByRole("button", { name: w("joint.answer") }).click();
  });
  await su.says(w("joint.state_handling"), w("joint.licence"));
  await su.step("mine", (page) => page.goto("/me"));
  await su.says(w("joint.bundles"));
});

/** The check character of a citizen id (GB 11643). */
function citizenId(body) {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * weights[i], 0);
  return body + "10X98765432"[sum % 11];
}

// A shop that opens on a promise: what stories of supervision begin with.

import { w } from "../harness/words.mjs";

export const COMPANY = "演示新康大药房";

/** Signs the new pharmacy's agent in, acting for the company. */
export async function asCompany(people) {
  const su = await people.signIn("newpharmacy");
  await su.page.goto("/me/acting?item=he-public-place");
  await su.page.getByLabel(COMPANY).check();
  await su.page.getByRole("button", { name: w("acting.go") }).click();
  return su;
}

/** Applies for the hygiene licence of its shop, on a promise. */
export async function apply({ page }) {
  await page.goto("/items/he-public-place/apply");
  await page.getByLabel("场所类别").selectOption("shop");
  await page.getByLabel("直接为顾客服务的人数").fill("4");
  await page.getByLabel("其中持有健康合格证的人数").fill("4");
  await page.getByLabel("告知承诺").check();
  await page.getByLabel(/选址、布局/).check();
  await page.getByLabel("联系电话").fill("13800138000");
  await page.getByLabel(/填写的内容真实/).check();
  await page.getByRole("button", { name: w("form.check") }).click();
  await page.getByLabel(w("check.agree")).check();
  await page.getByRole("button", { name: w("check.send") }).click();
}

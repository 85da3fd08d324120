// What anybody may read: home, search, guide, "am I eligible?", the log, the numbers; in both languages and large.

import assert from "node:assert/strict";
import { EVERY_WAY, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

story("public", "the public side is open to everybody", EVERY_WAY, async (people) => {
  const anybody = await people.visitor();
  await anybody.step("home", (page) => page.goto("/"));
  await anybody.step("search", async (page) => {
    await page.getByRole("searchbox", { name: w("home.search") }).fill("执业药师");
    await page.getByRole("button", { name: w("home.go") }).click();
  });
  await anybody.says("执业药师延续注册");
  await anybody.step("guide", (page) => page.getByRole("link", { name: "执业药师延续注册" }).first().click());
  await anybody.says(w("guide.conditions"), w("guide.law"), w("guide.remedies"));
  await anybody.step("eligible", (page) => page.getByRole("link", { name: w("guide.try") }).click());
  await anybody.says(w("try.nothing_kept"));
  for (const [name, path] of [
    ["items", "/items"],
    ["progress", "/progress"],
    ["verify", "/verify"],
    ["open", "/open"],
    ["log", "/log"],
    ["how", "/log/how"],
    ["numbers", "/about/numbers"],
    ["licences", "/about/licences"],
    ["map", "/about/map"],
    ["sign-in", "/sign-in"],
    ["not-there", "/nowhere"],
    ["home-large", "/?view=elder"],
    ["home-english", "/?view=plain&lang=en"],
  ]) {
    await anybody.step(name, (page) => page.goto(path));
  }
  assert.equal(await anybody.page.locator("html").getAttribute("lang"), "en");
});

story("denied", "what is not one's own is not there", EVERY_WAY.slice(0, 1), async (people) => {
  const ming = await people.signIn("weimingyue");
  for (const path of ["/staff/queue", "/staff/audit", "/staff/accounts"]) {
    const answer = await ming.page.goto(path);
    assert.ok([403, 404].includes(answer.status()), `${path} answers ${answer.status()} to an applicant`);
  }
  const anybody = await people.visitor();
  await anybody.page.goto("/me");
  assert.match(anybody.page.url(), /sign-in/, "the personal page asks who one is");
});

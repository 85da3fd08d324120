// Where to go: from the region down to a village, what can be done there, and what the figures stand on.

import { EACH_ONCE, story } from "../harness/story.mjs";
import { like, w } from "../harness/words.mjs";

story("halls", "a hall is found from the region down to the village", EACH_ONCE, async (people) => {
  const anybody = await people.visitor();
  await anybody.step("top", (page) => page.goto("/halls"));
  await anybody.says(w("halls.coverage"), w("halls.share"), "96.8%");
  await anybody.step("found", async (page) => {
    await page.getByLabel(w("halls.q"), { exact: true }).fill("融安县 浮石");
    await page.getByRole("button", { name: w("halls.find") }).click();
  });
  await anybody.step("township", (page) => page.getByRole("link", { name: /浮石镇$/ }).first().click());
  await anybody.says("浮石镇便民服务中心", w("halls.decides"), "融安县");
  await anybody.step("narrowed", async (page) => {
    await page.getByLabel(w("halls.item"), { exact: true }).selectOption("fo-felling-small");
    await page.getByRole("button", { name: w("halls.find") }).click();
  });
  await anybody.says(like("halls.for_item"));
  await anybody.step("village", (page) => page.getByRole("main").locator("#down ~ ul a").first().click());
  await anybody.says(w("halls.village_never"), w("hall_act.collect_and_forward"));
  await anybody.step("known-from", (page) => page.getByText(w("halls.known_from")).first().click());
  await anybody.step("english", (page) => page.goto("/halls/450224101?lang=en"));
});

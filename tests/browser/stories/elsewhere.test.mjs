// Received in one city, decided in another, delivered at the first: a farmer of Rongshui stands at a counter in Nanning.

import assert from "node:assert/strict";
import { openCase } from "../chapters/renewal.mjs";
import { desk, EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";
import { MONDAY } from "../harness/world.mjs";

const REASONS = "林权和林木情况已经核实，准予采伐。";

const elsewhere = async (people) => {
  const here = await people.signIn("retailclerk", desk(people.view));
  const number = await received(here.page);
  await here.step("received", (page) => page.goto("/staff/errands"));
  await here.says(number, w("errand.leg_received"), "只作形式审查", "融水");
  await here.step("no-parcel", (page) => page.getByRole("button", { name: w("errand.step_send") }).click());
  await here.step("sent", async (page) => {
    await page.getByLabel(w("errand.parcel")).fill("EMS 1234567890");
    await page.getByRole("button", { name: w("errand.step_send") }).click();
  });
  await here.says(w("errand.leg_sent"));

  const there = await people.signIn("forester", desk(people.view));
  await there.page.goto("/staff/errands");
  await there.step("taken", (page) => page.getByRole("button", { name: w("errand.step_take") }).click());
  await there.says(w("errand.leg_taken"), "EMS 1234567890");
  await there.page.goto(`/staff/cases/${number}`);
  await there.page.getByRole("radio", { name: w("ruling.grant"), exact: true }).check();
  await there.page.locator("#f-reasons").fill(REASONS);
  await there.page.getByRole("button", { name: w("case.sign") }).click();
  await there.page.getByRole("button", { name: w("hold.leave") }).click();
  await there.page.goto("/staff/errands");
  await there.step("returned", (page) => page.getByRole("button", { name: w("errand.step_return") }).click());

  await here.page.goto("/staff/errands");
  await here.step("delivered", (page) => page.getByRole("button", { name: w("errand.step_deliver") }).click());
  assert.ok(!(await here.text()).includes(number), "nothing more to do");
  const pan = await people.signIn("panxiuying");
  await openCase(pan, "has-it");
  await pan.says(REASONS, "韦林", "冯立");
};

story("elsewhere", "received in one city, decided in another, delivered at the first", EVERY_WIDTH, elsewhere, { clock: MONDAY });

/** What the counter sends for the farmer who stands there: over the API, as a counter's own system would. */
async function received(page) {
  const id = citizenId("45000019681009942");
  const form = {
    name: "潘秀英", citizen_id: id, certificate: `演林证${id.slice(6, 17)}`, parcel: "演和睦-0017", object: "stand",
    species: "杉木", volume: 20, area_mu: 3, method: "clear", finish_by: "2026-12-31", regrowth: "planting",
    replant_by: "2027-12-31", way: "ordinary", phone: "13800138000", commitment: true, truthful: true,
  };
  const sent = await page.request.post("/api/v1/errands", {
    headers: { "idempotency-key": "elsewhere-story-1" },
    data: { at: "nanning-amr", mode: "forward", item: "fo-felling-small", citizen_id: id, name: "潘秀英", original_seen: true, form },
  });
  assert.equal(sent.status(), 201, await sent.text());
  return (await sent.json()).number;
}

/** The check character of a citizen id (GB 11643). */
function citizenId(body) {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * weights[i], 0);
  return body + "10X98765432"[sum % 11];
}

// A light: a case that nobody decided passes its limit; the morning page shows it with its owner; nobody answers in time, and
// since no agency stands above the region's it stays there; the head answers, and what was lit stays lit. That it goes up where
// somebody is above is told over HTTP (`tests/tests/stories/light.rs`).

import assert from "node:assert/strict";
import { confirmAsPharmacy, fileRenewal } from "../chapters/renewal.mjs";
import { desk, EVERY_WIDTH, story } from "../harness/story.mjs";
import { like, w } from "../harness/words.mjs";
import { MONDAY } from "../harness/world.mjs";

const REPLY = "等待信用平台复函，已派专人催办，三日内办结。";

const light = async (people) => {
  const { number } = await fileRenewal(await people.signIn("qinhaiyan"));
  const own = (page) => page.locator(`li:has(a[href="/staff/cases/${number}"])`);
  await confirmAsPharmacy(await people.signIn("pharmacy", desk(people.view)));
  const calm = await people.signIn("clerk", desk(people.view));
  await calm.step("morning", (page) => page.goto("/staff/lights"));
  await calm.says(w("light.standings"), w("light.none"));

  // Twenty working days, and the holidays of October.
  await people.world.ahead(40);
  const clerk = await people.signIn("clerk", desk(people.view));
  await clerk.step("queue-lit", (page) => page.goto("/staff/queue"));
  await clerk.step("lit", (page) => page.goto("/staff/lights"));
  await clerk.says(w("light.dark_red"), like("light.holder"), like("light.reply_until"));

  // Nobody answers within a working day.
  await people.world.ahead(4);
  const head = await people.signIn("head", desk(people.view));
  await head.step("unanswered", (page) => page.goto("/staff/lights"));
  await head.says(like("light.holder"), w("light.dark_red"));
  await head.step("no-words", (page) => own(page).getByRole("button", { name: w("light.send") }).click());
  assert.ok(await head.page.getByRole("alert").or(head.page.locator(".field__error")).count(), "an answer says something");
  await head.step("answered", async (page) => {
    await own(page).getByLabel(w("light.reply")).fill(REPLY);
    await own(page).getByRole("button", { name: w("light.send") }).click();
  });
  await head.says(w("light.kept"));
  await head.step("stays-lit", (page) => page.goto(`/staff/cases/${number}`));
  await head.says(w("light.dark_red"), REPLY);
};

story("light", "a light has an owner, is answered late, and stays", EVERY_WIDTH, light, { clock: MONDAY });

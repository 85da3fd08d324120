// What silence means, as the citizen sees it: a register stands still and nobody asks for anything in time, so her application
// counts as accepted; nobody decides before her registration ends, so the law renews it.

import { confirmAsPharmacy, fileRenewal, openCase } from "../chapters/renewal.mjs";
import { desk, EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";
import { MONDAY } from "../harness/world.mjs";

const tacit = async (people) => {
  await people.world.register("stop");
  await fileRenewal(await people.signIn("weimingyue"));
  await confirmAsPharmacy(await people.signIn("pharmacy", desk(people.view)));
  const waiting = await people.signIn("weimingyue");
  await openCase(waiting, "waits-for-data");
  await waiting.says(w("says.awaiting_data"));

  // Five working days are over with the next Monday.
  await people.world.ahead(8);
  const accepted = await people.signIn("weimingyue");
  await openCase(accepted, "accepted-by-law");
  await accepted.says(w("happened.accepted_by_law"), w("says.in_review"));
  await accepted.step("told", (page) => page.goto("/me/messages"));
  await accepted.says("自收到申请之日起视为受理");

  await people.world.register("start");
  await people.world.ahead(54);
  const renewed = await people.signIn("weimingyue");
  await openCase(renewed, "renewed-by-law");
  await renewed.says(w("happened.renewed_by_law"), w("says.granted"));
  await renewed.step("licence", (page) => page.getByRole("link", { name: w("outcome.licence") }).click());
  await renewed.says("韦明月", /2026年11月8日/);
};

story("tacit", "silence accepts, and silence renews", EVERY_WIDTH, tacit, { clock: MONDAY });

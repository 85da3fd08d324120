// A bad rating and its closing: rated on a phone, called back, mended, answered in public; and the messages that left the house.

import assert from "node:assert/strict";
import { confirmAsPharmacy, fileRenewal, openCase } from "../chapters/renewal.mjs";
import { desk, EACH_ONCE, story } from "../harness/story.mjs";
import { like, w } from "../harness/words.mjs";

story("rating", "a bad rating is called back and closed", EACH_ONCE, async (people) => {
  const wei = await people.signIn("weimingyue");
  await fileRenewal(wei);
  await confirmAsPharmacy(await people.signIn("pharmacy", desk(people.view)));
  await openCase(wei, "granted");
  await wei.says(w("rate.invited"));
  await wei.step("rate", (page) => page.getByRole("link", { name: w("rate.go") }).click());
  await wei.step("nothing-chosen", (page) => page.getByRole("button", { name: w("rate.send") }).click());
  assert.ok(await wei.page.getByRole("alert").count(), "a rating without a level is not taken");
  await wei.step("thanks", async (page) => {
    await page.getByLabel(w("level.very_unsatisfied"), { exact: true }).check();
    await page.getByLabel(like("rate.words")).fill("夜里打电话13877100001三次没人接。");
    await page.getByRole("button", { name: w("rate.send") }).click();
  });
  await wei.says(w("rate.thanks"), w("rate.words_checked"));

  const clerk = await people.signIn("clerk", desk(people.view));
  await clerk.step("ratings", (page) => page.goto("/staff/ratings"));
  await clerk.says(w("rating_state.to_call"));
  await clerk.step("one", (page) => page.getByRole("main").getByRole("table").getByRole("link").first().click());
  const step = (name, word, note, who = clerk) =>
    who.step(name, async (page) => {
      await page.getByLabel(like(`rating_step.${word}`)).first().check();
      await page.getByRole("textbox", { name: w("ratings.note") }).fill(note);
      await page.getByRole("button", { name: w("ratings.sign") }).click();
    });
  await step("called", "call", "电话联系本人，值班电话夜里没人接。");
  await clerk.says(w("rating_state.called"), w("ratings.done"));
  await step("words-shown", "show", "");
  // The clerk holds it mistaken; another person judges, and says it is not.
  await step("appealed", "appeal", "当晚有值班记录，认为评价与事实不符。");
  await clerk.says(w("rating_state.appealed"));
  const judge = await people.signIn("clerk2", desk(people.view));
  await judge.step("to-judge", (page) => page.goto(clerk.page.url().split("?")[0]));
  await step("judged", "dismiss", "值班记录显示当晚电话确实无人接听。", judge);
  await judge.says(w("rating_state.called"));
  await clerk.step("back", (page) => page.goto(clerk.page.url().split("?")[0]));
  await step("closed", "mend", "值班电话已改接，夜里有人接听。");
  await clerk.says(w("rating_state.closed"));

  const anybody = await people.visitor();
  await anybody.step("public", (page) => page.goto("/ratings"));
  await anybody.says("值班电话已改接", "▇▇▇", "韦**", w("rating_state.closed"));
  await openCase(wei, "answered");
  await wei.says("值班电话已改接");

  // What left the house, and where it may go.
  await wei.step("contacts", (page) => page.goto("/me/contacts"));
  await wei.says("138****0001");
  await wei.step("asked", async (page) => {
    const mail = page.getByRole("region", { name: w("channel.email") });
    await mail.getByLabel(w("contact.address_email")).fill("wei@example.cn");
    await mail.getByRole("button", { name: like("contact.send_code") }).click();
  });
  await wei.says(w("contact.done_asked"));
  await anybody.step("outbox", async (page) => {
    for (let tries = 0; tries < 20; tries += 1) {
      await page.goto("/demonstration/outbox");
      if ((await page.getByText("wei@example.cn").count()) > 0) return;
      await page.waitForTimeout(500);
    }
  });
  // SMS may wait for the morning; a code that somebody asked for goes at any hour.
  await anybody.says("wei@example.cn");
});

// A day at a hall: a ticket on a phone, two counters, the screen; whatever the hour is, the pages say what holds now.

import { desk, EACH_ONCE, story } from "../harness/story.mjs";
import { like, w } from "../harness/words.mjs";

const HALL = "hall-450103";

story("ticket", "the lines of a hall are seen, and an appointment is made", EACH_ONCE, async (people) => {
  const anybody = await people.visitor();
  // Whether the hall is open depends on the hour at which this runs: both answers are right, and an hour is never invented.
  await anybody.step("take", (page) => page.goto(`/halls/${HALL}/ticket`));
  await anybody.step("how", (page) => page.getByText(w("ticket.how")).click());
  await anybody.says(w("ticket.priorities"), w("grade.u"));
  await anybody.step("board", (page) => page.goto(`/halls/${HALL}/board`));
  await anybody.says(w("ticket.nobody_called"), w("ticket.no_counter"));

  const wei = await people.signIn("weimingyue");
  await wei.step("slots", (page) => page.goto(`/halls/${HALL}/appointment`));
  // The last day that is offered has all its slots still to come.
  await wei.step("day", (page) => page.getByRole("navigation", { name: w("appointment.day") }).getByRole("link").last().click());
  await wei.step("nothing-chosen", (page) => page.getByRole("button", { name: w("appointment.make") }).click());
  await wei.says(w("appointment.choose"));
  await wei.step("booked", async (page) => {
    await page.getByRole("radio").first().check();
    await page.getByRole("button", { name: w("appointment.make") }).click();
  });
  await wei.says(w("appointment.done_booked"), w("appointment.booked"));

  const clerk = await people.signIn("clerk", desk(people.view));
  await clerk.step("counters", (page) => page.goto("/staff/counters"));
  await clerk.step("door", (page) => page.goto(`/staff/counters/${HALL}`));
  await clerk.says(w("ticket.counters"), w("ticket.counter_closed"));
  await clerk.step("counter", (page) => page.goto(`/staff/counters/${HALL}/A-1`));
  await clerk.step("opened", (page) => page.getByRole("button", { name: w("ticket.do_open") }).click());
  await clerk.step("nobody", (page) => page.getByRole("button", { name: w("ticket.do_call") }).click());
  await clerk.says(w("ticket.nobody_to_call"));
  await clerk.step("closed", (page) => page.getByRole("button", { name: w("ticket.do_close") }).click());

  await wei.step("cancelled", (page) => page.getByRole("button", { name: like("appointment.cancel") }).click());
  await wei.says(w("appointment.done_cancelled"), w("appointment.cancelled"));
});

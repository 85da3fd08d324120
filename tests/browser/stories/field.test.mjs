// An inspector at a shop where there is no network: he opened the page once before; he writes, photographs, comes back and syncs.

import assert from "node:assert/strict";
import { EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

const PASSPHRASE = "邕江边上的检查车";
const PLACE = "演示路店内，收银台旁";
/** The smallest picture: one grey point. */
const JPEG = Buffer.from(
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==",
  "base64",
);

story("field", "an inspector works without network and syncs", EVERY_WIDTH, async (people) => {
  // Whoever claimed a duty of the demonstration plans a visit for today.
  const lead = await people.signIn("inspector");
  await lead.page.goto("/staff/duties");
  await lead.page.locator("tr", { hasText: w("duty_state.claimed") }).first().getByRole("link").first().click();
  await lead.page.getByRole("button", { name: w("inspect.plan") }).click();
  const inspection = new URL(lead.page.url()).pathname;
  const context = lead.page.context();
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ latitude: 22.817, longitude: 108.366 });

  // Once with network: the key comes from the server, and a passphrase for where there is none.
  const ready = (page) => page.locator("#field[data-ready=true]").waitFor();
  await lead.step("first-visit", async (page) => {
    await page.goto("/field/offline");
    await ready(page);
  });
  await lead.step("chosen", async (page) => {
    await page.getByLabel(w("onsite_page.passphrase")).fill(PASSPHRASE);
    await page.getByRole("button", { name: w("onsite_page.choose"), exact: true }).click();
    await page.getByRole("heading", { name: w("onsite_page.visits") }).waitFor();
  });

  // At the shop: no network. The page opens all the same, by the passphrase.
  await context.setOffline(true);
  await lead.step("no-network", async (page) => {
    await page.reload();
    await ready(page);
  });
  await lead.says(w("onsite.away"), w("onsite_page.unlock_hint"));
  await lead.step("unlocked", async (page) => {
    await page.getByLabel(w("onsite_page.passphrase")).fill(PASSPHRASE);
    await page.getByRole("main").getByRole("button", { name: w("onsite_page.unlock"), exact: true }).click();
    await page.getByRole("heading", { name: w("onsite_page.visits") }).waitFor();
  });
  await lead.step("form", (page) => page.getByRole("button", { name: w("onsite_page.fill"), exact: true }).first().click());
  await lead.step("too-large", async (page) => {
    const name = "店面.jpg";
    // Made in the page: nothing of it has to come from here.
    await page.locator("#f-photo").evaluate((field) => {
      const chosen = new DataTransfer();
      chosen.items.add(new File([new Uint8Array(40 << 20)], "large.jpg", { type: "image/jpeg" }));
      field.files = chosen.files;
      field.dispatchEvent(new Event("change"));
    });
    await page.getByText(w("onsite_page.photo_large").replace("{a}", "40").replace("{b}", "20")).waitFor();
    await page.locator("#f-photo").setInputFiles({ name, mimeType: "image/jpeg", buffer: JPEG });
    await page.getByText(w("onsite_page.photo_kept")).waitFor();
  });
  await lead.step("kept", async (page) => {
    for (const good of await page.locator('input[value="good"]').all()) await good.check();
    await page.getByRole("button", { name: w("onsite_page.position"), exact: true }).click();
    await page.getByText(w("onsite_page.position_kept")).waitFor();
    await page.locator('input[name="/place"]').fill(PLACE);
    await page.getByRole("button", { name: w("onsite_page.save"), exact: true }).click();
    await page.getByText(w("onsite_page.saved")).waitFor();
  });
  await lead.says(w("onsite_page.kept"));
  assert.ok(!(await stored(lead.page)).includes(PLACE), "what lies on the device tells nothing");

  // Back where there is network: how the inspected signed was forgotten, which is told; then it is taken.
  const sync = (page) => page.getByRole("button", { name: new RegExp(`^${w("onsite_page.sync")}`) }).click();
  const told = (page, a, b, c) =>
    page.getByText(w("onsite_page.synced").replace("{a}", a).replace("{b}", b).replace("{c}", c)).waitFor();
  await context.setOffline(false);
  await lead.step("came-back", async (page) => {
    await sync(page);
    await told(page, "0", "0", "1");
    await page.getByRole("button", { name: w("onsite_page.open"), exact: true }).click();
  });
  await lead.says(w("onsite_page.came_back"), "请选择被检查人是否签字");
  await lead.step("synced", async (page) => {
    await page.getByLabel(w("onsite_page.signed"), { exact: true }).check();
    await page.locator('input[name="/signer"]').fill("店长，在场");
    await page.getByRole("button", { name: w("onsite_page.save"), exact: true }).click();
    await page.getByText(w("onsite_page.saved")).waitFor();
    await sync(page);
    await told(page, "1", "0", "0");
    await page.getByRole("button", { name: w("onsite_page.open"), exact: true }).click();
  });
  await lead.says(w("onsite_page.waits_second"), "店面.jpg", w("onsite_page.photo_sent"));
  await lead.step("at-the-desk", (page) => page.goto(inspection));
  await lead.says(PLACE, "店面.jpg", "22.817000, 108.366000", w("inspection_state.recorded"));
  await lead.step("devices", (page) => page.goto("/staff/field-devices"));

  // The phone is lost: it gets no key any more, and says so.
  await lead.page.getByRole("main").locator("summary").click();
  await lead.page.getByRole("button", { name: w("onsite_device.lose_sure") }).click();
  const again = await people.signIn("inspector");
  await again.step("lost", (page) => page.goto("/staff/field-devices"));
  await again.says(/ 于 .+ 挂失/);
});

/** Everything in the device's database, as bytes are read. */
async function stored(page) {
  return page.evaluate(async () => {
    const done = (asked) => new Promise((then) => (asked.onsuccess = () => then(asked.result)));
    const opened = await done(indexedDB.open("field", 1));
    const all = [];
    for (const store of ["lock", "kit", "drafts", "photos"]) {
      const records = await done(opened.transaction(store).objectStore(store).getAll());
      all.push(...records.map((one) => `${JSON.stringify(one)} ${one.bytes ? new TextDecoder().decode(one.bytes) : ""}`));
    }
    opened.close();
    return all.join("\n");
  });
}

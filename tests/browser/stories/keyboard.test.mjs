// The workbench by keyboard alone, on a small screen of an office (1366 × 768): from the queue to a decision that has left,
// without a mouse. Whatever has the focus is seen to have it, and no element keeps it.

import assert from "node:assert/strict";
import { confirmAsPharmacy, fileRenewal } from "../chapters/renewal.mjs";
import { story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

const OFFICE = [{ width: 1366, height: 768, script: true }];
/** More stops than any page of the workbench has. */
const MOST_STOPS = 250;

story("keyboard", "a case is taken, read and decided with the keyboard alone", OFFICE, async (people) => {
  await fileRenewal(await people.signIn("qinhaiyan"));
  await confirmAsPharmacy(await people.signIn("pharmacy"));
  const clerk = await people.signIn("clerk");
  const { page } = clerk;
  await clerk.step("queue", () => page.goto("/staff/queue"));
  await round(page);
  // The first stop of every page leads past its head; a page that comes anew begins there.
  await page.reload();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id ?? ""), await page.locator("main").getAttribute("id"));

  await to(page, "a[data-row]");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  await seen(page);
  const row = () => page.evaluate(() => document.activeElement.closest("tr").innerText);
  for (let rows = 0; rows < 20 && !(await row()).includes("覃海燕"); rows += 1) await page.keyboard.press("ArrowDown");
  await seen(page);
  assert.match(await row(), /覃海燕/);
  await clerk.step("row", () => undefined);
  await press(page, "Enter");

  // With nobody as yet, or with a colleague: whoever may decide it may read it.
  await clerk.says(w("case.found"), w("met.unknown"));
  await round(page);
  await to(page, 'a[href="#decide"]');
  await page.keyboard.press("Enter");
  await to(page, 'input[name="outcome"]');
  await page.keyboard.press("Space");
  assert.ok(await page.evaluate(() => document.activeElement.checked), "Space chooses");
  await to(page, "#f-reasons");
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText("经电话核实，执业单位许可证有效，准予延续。");
  await to(page, ".decide button[type=submit]");
  await clerk.step("to-sign", () => undefined);
  await press(page, "Enter");
  await clerk.says(w("hold.door"));
  await to(page, 'button[value="leave"]');
  await clerk.step("signed", () => undefined);
  await press(page, "Enter");
  await clerk.says(w("case.sent"));
  await clerk.step("sent", () => undefined);
});

/** Presses a key that leads to another page. */
async function press(page, key) {
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
}

/** Goes on with Tab until the focus is on what the selector names; every stop on the way is seen. */
async function to(page, selector) {
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
    await page.keyboard.press("Tab");
    await seen(page);
  }
  throw new Error(`the keyboard does not come to ${selector} at ${page.url()}`);
}

/** Once around the page and out of it again: nothing keeps the focus, nothing is met twice, and there and back agree. */
async function round(page) {
  await page.evaluate(() => document.activeElement?.blur());
  const stops = [];
  for (let n = 0; n < MOST_STOPS; n += 1) {
    await page.keyboard.press("Tab");
    const stop = await at(page);
    if (stop === "out") break;
    assert.ok(!stops.includes(stop), `the focus comes to ${stop} a second time`);
    stops.push(stop);
    await seen(page);
  }
  assert.ok(stops.length > 5 && stops.length < MOST_STOPS, `${stops.length} stops`);
  await page.keyboard.press("Shift+Tab");
  assert.equal(await at(page), stops.at(-1), "back to the last");
  await page.evaluate(() => document.activeElement?.blur());
}

/** Which element has the focus, as its number in the page; `out` where none has. */
async function at(page) {
  return page.evaluate(() => {
    const has = document.activeElement;
    if (!has || has === document.body || has === document.documentElement) return "out";
    return `${[...document.querySelectorAll("*")].indexOf(has)} <${has.localName}> ${has.innerText?.slice(0, 20) ?? ""}`;
  });
}

/** What has the focus is on the screen and shows it. */
async function seen(page) {
  const wrong = await page.evaluate(() => {
    const has = document.activeElement;
    if (!has || has === document.body) return "";
    const style = getComputedStyle(has);
    const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
    const box = has.getBoundingClientRect();
    const on = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0;
    if (ring && on) return "";
    return `<${has.localName}> ${has.innerText?.slice(0, 30)}: ${ring ? "off the screen" : "no ring"} ${JSON.stringify(box)}`;
  });
  assert.equal(wrong, "", page.url());
}

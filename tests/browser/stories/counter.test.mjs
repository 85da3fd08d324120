// The counter: somebody draws a ticket, is called, recognised and served with what he brought until the result is in his hand; and an
// online case is mended there without typing it again. The clerk works at the keyboard.

import assert from "node:assert/strict";
import { desk, EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";
import { MONDAY } from "../harness/world.mjs";

const PHONE = "13877100001";
const SEAT = "hall-450103/A-1";

/** Sits down at the counter of the district's hall. */
async function sitDown(clerk) {
  await clerk.step("bench", (page) => page.goto("/staff/window"));
  await clerk.step("seated", async (page) => {
    await page.getByLabel(w("window.counter")).selectOption(SEAT);
    await page.getByRole("button", { name: w("window.sit") }).click();
  });
}

/** Recognises somebody, by the keyboard alone: every field is reached by Tab, Enter sends. */
async function recognise(clerk, { code, name }, step) {
  await clerk.step(step, async (page) => {
    await page.getByLabel(w("window.code")).focus();
    await page.keyboard.type(code);
    await page.keyboard.press("Tab");
    await page.keyboard.type(name);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/staff\/window\/[0-9a-f-]{36}$/);
  });
  await clerk.says(name, w("window.wants"));
}

const RESOLUTION = "股东会关于变更的决议";

story("counter", "a counter case from the ticket to the result", EVERY_WIDTH, async (people) => {
  const phone = await people.visitor();
  await phone.page.goto("/halls/hall-450103/ticket");
  await phone.step("ticket", async (page) => {
    await page.getByRole("radio").first().check();
    await page.getByRole("button", { name: w("ticket.take"), exact: true }).click();
  });
  const clerk = await people.signIn("counter", desk(people.view));
  await clerk.page.goto("/staff/counters/hall-450103/A-1");
  await clerk.page.getByRole("button", { name: w("ticket.do_open") }).click();
  await clerk.step("called", (page) => page.getByRole("button", { name: w("ticket.do_call") }).click());
  await clerk.says("A001");
  await clerk.step("bench", (page) => page.getByRole("link", { name: w("window.identify_called") }).click());
  await clerk.says("青秀区政务服务中心 A-1", w("window.called").replace("{}", "A001"));
  await clerk.step("wrong-identity", async (page) => {
    await page.getByLabel(w("window.code")).fill("450000199003079121");
    await page.getByRole("button", { name: w("window.begin") }).click();
  });
  assert.ok((await clerk.page.getByRole("alert").getByRole("link").count()) >= 3, "number, name and tick at once");
  const mo = { code: citizenId("45000019790402951"), name: "莫建国" };
  await clerk.page.goto("/staff/window");
  await recognise(clerk, mo, "recognised");
  await clerk.step("form", async (page) => {
    await page.getByLabel(w("case.item")).first().selectOption("hc-qual-change");
    await page.getByLabel(w("window.whose")).selectOption({ index: 2 });
    await page.getByRole("button", { name: w("window.to_form") }).click();
  });
  // A photograph of this very page, and a scan that is none: the photograph is kept.
  const photograph = { name: "决议.jpg", mimeType: "image/jpeg", buffer: await clerk.page.screenshot({ type: "jpeg" }) };
  const none = { name: "决议.pdf", mimeType: "application/pdf", buffer: Buffer.from("<!doctype html><p>no scan</p>") };
  await clerk.step("wrong-form", async (page) => {
    // Its label says besides that it may be left empty.
    await page.getByLabel(new RegExp(`^${RESOLUTION}`)).setInputFiles(none);
    await page.getByLabel(new RegExp(`^${w("material.photo")} ${RESOLUTION}`)).setInputFiles(photograph);
    await page.getByRole("button", { name: w("window.file"), exact: true }).last().click();
  });
  assert.ok((await clerk.page.getByRole("alert").getByRole("link").count()) >= 4, "everything to mend at once");
  await clerk.says(photograph.name);
  await clerk.step("receipt", async (page) => {
    await page.getByLabel("经办人姓名").fill(mo.name);
    await page.getByLabel("联系电话").fill(PHONE);
    for (const box of await page.getByRole("checkbox").all()) await box.check();
    await page.getByRole("button", { name: w("window.file"), exact: true }).last().click();
  });
  await clerk.says(w("receipt.secret"), "黄晓岚", mo.name, RESOLUTION);
  await clerk.step("case", (page) => page.getByRole("link", { name: w("receipt.open") }).click());
  await clerk.says(photograph.name);
  await clerk.step("delivered", (page) => page.getByRole("button", { name: w("window.deliver_counter") }).click());
  await clerk.says(w("window.collected").replace("{}", mo.name));
  await clerk.page.getByRole("navigation", { name: w("frame.crumbs") }).getByRole("link", { name: mo.name }).click();
  await clerk.step("finished", (page) => page.getByRole("button", { name: w("window.finish").replace("{}", "A001") }).click());
  await clerk.says(w("ticket.serving_nobody"));
  await clerk.step("results", (page) => page.goto("/staff/window/results"));
  await clerk.says(w("window.results_empty"));

  const own = await people.signIn("hongshui");
  await own.page.goto("/me/acting?item=hc-qual-change");
  await own.page.getByLabel("演示红水河建筑工程有限公司").check();
  await own.page.getByRole("button", { name: w("acting.go") }).click();
  await own.step("seen-online", async (page) => {
    await page.goto("/me");
    await page.getByRole("region", { name: w("me.cases") }).getByRole("rowheader").first().getByRole("link").click();
  });
  await own.says("窗口代为录入", "黄晓岚");
}, { clock: MONDAY });

story("counter-correction", "an online case corrected at the counter", EVERY_WIDTH, async (people) => {
  const su = await people.signIn("newpharmacy");
  await su.step("whose", async (page) => {
    await page.goto("/me/acting?item=he-public-place");
    await page.getByLabel("演示新康大药房").check();
    await page.getByRole("button", { name: w("acting.go") }).click();
  });
  await su.step("online-form", async (page) => {
    await page.goto("/items/he-public-place/apply");
    await page.getByLabel("场所类别").selectOption("shop");
    await page.getByLabel("直接为顾客服务的人数").fill("4");
    await page.getByLabel("其中持有健康合格证的人数").fill("3");
    await page.getByLabel("告知承诺").check();
    await page.getByLabel(/选址、布局/).check();
    await page.getByLabel("联系电话").fill(PHONE);
    await page.getByLabel(/填写的内容真实/).check();
    await page.getByRole("button", { name: w("form.check") }).click();
  });
  await su.step("online-receipt", async (page) => {
    await page.getByLabel(w("check.agree")).check();
    await page.getByRole("button", { name: w("check.send") }).click();
  });
  const number = (await su.page.locator(".secret .code").first().innerText()).replaceAll(/\s/g, "");

  const clerk = await people.signIn("counter", desk(people.view));
  await sitDown(clerk);
  await recognise(clerk, await whoIs(su), "agent-recognised");
  await clerk.step("opened", async (page) => {
    await page.getByLabel(w("receipt.number")).fill(number);
    await page.getByRole("button", { name: w("window.open"), exact: true }).click();
  });
  await clerk.says("持证人数");
  await clerk.step("correction", (page) => page.getByRole("link", { name: w("window.correct") }).click());
  assert.equal(await clerk.page.getByLabel("联系电话").inputValue(), PHONE, "as it was filed online");
  await clerk.step("mended", async (page) => {
    await page.getByLabel("其中持有健康合格证的人数").fill("4");
    await page.getByLabel(w("window.read_back")).check();
    await page.getByRole("button", { name: w("window.mend"), exact: true }).click();
  });
  await clerk.says(w("window.deliver"));
  await clerk.step("printed", (page) => page.getByRole("link", { name: w("window.print_licence") }).click());
});

/** Who acts for the company: her name as the site shows it, her number as the demonstration makes it. */
async function whoIs(su) {
  const name = "苏荷";
  assert.ok((await su.page.locator("header").innerText()).includes(name));
  return { name, code: citizenId("45000019920308963") };
}

/** The check character of a citizen id (GB 11643). */
function citizenId(body) {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * weights[i], 0);
  return body + "10X98765432"[sum % 11];
}

// A village agent collects a farmer's application where there is no network, and syncs once when he is back.

import assert from "node:assert/strict";
import { EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";

const PASSPHRASE = "山上的杉木三十年了";
/** 潘秀英 of the demonstration: born on 1968-10-09, the 942nd of that day, under a division in which nobody's number is issued. */
const CODE = citizen("450000", "19681009", 942);

/** A citizen id with its check character (GB 11643). */
function citizen(division, birth, sequence) {
  const digits = `${division}${birth}${String(sequence).padStart(3, "0")}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * weights[at], 0);
  return digits + "10X98765432"[sum % 11];
}

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

story("agent", "collected without network, synced once", EVERY_WIDTH, async (people) => {
  const agent = await people.signIn("agent");
  await agent.step("home", (page) => page.goto("/agent"));
  await agent.says(w("agent.posts"), w("agent.collect"));
  await agent.step("first-visit", async (page) => {
    await page.goto("/agent/offline");
    await page.locator("#device[data-ready=true]").waitFor();
  });
  const unlock = (name, button) =>
    agent.step(name, async (page) => {
      await page.getByLabel(w("device.passphrase")).fill(PASSPHRASE);
      await page.getByRole("main").getByRole("button", { name: w(button), exact: true }).click();
      await page.getByRole("heading", { name: w("device.drafts") }).waitFor();
    });
  await unlock("chosen", "device.choose");

  // Up the hill: no network. The page opens all the same.
  await agent.page.context().setOffline(true);
  await agent.step("no-network", async (page) => {
    await page.reload();
    await page.locator("#device[data-ready=true]").waitFor();
  });
  await agent.says(w("agent.device_away"));
  await unlock("unlocked", "device.unlock");
  await agent.step("form", (page) => page.getByRole("button", { name: /林木采伐许可/ }).click());
  const fill = async (page) => {
    const main = page.getByRole("main");
    await main.getByLabel(w("device.name"), { exact: true }).fill("潘秀英");
    await main.getByLabel(w("device.code"), { exact: true }).fill(CODE);
    await main.getByRole("textbox", { name: "姓名", exact: true }).fill("潘秀英");
    await main.getByRole("textbox", { name: "公民身份号码", exact: true }).fill(CODE);
    await main.getByRole("textbox", { name: "林权证或者不动产权证编号", exact: true }).fill("桂融林证演第0017号");
    await main.getByRole("textbox", { name: "宗地（小班）号", exact: true }).fill("演和睦-0017");
    await main.getByLabel("承包林地或者自留山上的林木").check();
    await main.getByRole("textbox", { name: "树种", exact: true }).fill("杉木");
    await main.getByRole("textbox", { name: "采伐面积（亩）", exact: true }).fill("3");
    await main.getByLabel("皆伐（全部砍）").check();
    await main.getByLabel("哪一天以前砍完").fill(`${day(0).slice(0, 4)}-12-31`);
    await main.getByLabel("人工造林（重新种）").check();
    await main.getByLabel("哪一天以前补种完").fill(`${Number(day(0).slice(0, 4)) + 1}-12-01`);
    await main.getByLabel("一般程序（由工作人员先审查）").check();
    await main.getByRole("textbox", { name: "联系电话", exact: true }).fill("13877100001");
    await main.getByLabel(/林木归我所有/).check();
    await main.getByLabel(/我填写的内容真实/).check();
  };
  await agent.step("kept", async (page) => {
    await fill(page);
    await page.getByRole("button", { name: w("device.save"), exact: true }).click();
    await page.getByText(w("device.saved")).waitFor();
  });
  await agent.says("潘秀英", w("device.kept"));
  await agent.step("still-no-network", async (page) => {
    await page.getByRole("button", { name: new RegExp(`^${w("device.sync")}`) }).click();
    await page.getByText(w("device.no_network")).waitFor();
  });
  // What lies on the device tells nothing: neither a name nor a number stands in its database.
  const stored = await agent.page.evaluate(async () => {
    const opened = await new Promise((done) => {
      const asked = indexedDB.open("agent", 1);
      asked.onsuccess = () => done(asked.result);
    });
    const all = await new Promise((done) => {
      const asked = opened.transaction("drafts").objectStore("drafts").getAll();
      asked.onsuccess = () => done(asked.result);
    });
    return all.map((one) => `${JSON.stringify(one)} ${new TextDecoder().decode(one.bytes)}`).join("\n");
  });
  assert.ok(stored.length > 100 && !stored.includes("潘秀英") && !stored.includes(CODE), "drafts lie encrypted");

  // Back in the valley: one sync. Volume, authorisation and the look at the card were forgotten: all told at once.
  await agent.page.context().setOffline(false);
  const sync = (name, filed, back) =>
    agent.step(name, async (page) => {
      await page.getByRole("button", { name: new RegExp(`^${w("device.sync")}`) }).click();
      await page.getByText(w("device.synced").replace("{a}", filed).replace("{b}", back)).waitFor();
    });
  await sync("came-back", "0", "1");
  await agent.step("to-mend", (page) => page.getByRole("button", { name: w("device.open"), exact: true }).click());
  await agent.says(w("device.came_back"), "请填写要砍多少立方米", "请取得申请人签字的授权", "请核验身份证原件和本人");
  await agent.step("mended", async (page) => {
    const main = page.getByRole("main");
    await main.getByRole("textbox", { name: "采伐蓄积（立方米）", exact: true }).fill("20");
    await main.getByLabel(w("device.seen")).check();
    await main.getByLabel(w("device.authorised")).check();
    await main.getByLabel(w("device.paper")).fill("授权书 17");
    await page.getByRole("button", { name: w("device.save"), exact: true }).click();
    await page.getByText(w("device.saved")).waitFor();
  });
  await sync("synced", "1", "0");
  await agent.step("receipt", (page) => page.getByRole("button", { name: w("device.receipt"), exact: true }).click());
  await agent.says(w("device.give"), w("device.secret"));
  await agent.step("sent", (page) => page.goto("/agent"));
  await agent.says("潘**");
  await agent.step("job", (page) => page.getByRole("main").getByRole("table").getByRole("link").first().click());
  await agent.says(w("agent.receipt_hint"), w("agent.reviewed"));

  const farmer = await people.signIn("panxiuying");
  await farmer.step("me", (page) => page.goto("/me"));
  await farmer.step("case", (page) => page.getByRole("link", { name: /林木采伐许可/ }).first().click());
  await farmer.says(w("happened.sent_by_agent"), "石满山");
});

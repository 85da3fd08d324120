// Powers and duties: anybody reads the list and what changed; officers run a penalty with a hearing, two by two.

import assert from "node:assert/strict";
import { desk, EACH_ONCE, EVERY_WIDTH, story } from "../harness/story.mjs";
import { w } from "../harness/words.mjs";
import { MONDAY } from "../harness/world.mjs";

story("powers", "the list of powers is open to everybody", EACH_ONCE, async (people) => {
  const anybody = await people.visitor();
  await anybody.step("list", (page) => page.goto("/powers"));
  await anybody.says(w("powers.demonstration"));
  await anybody.step("found", async (page) => {
    await page.getByLabel(w("powers.q"), { exact: true }).fill("护士");
    await page.getByRole("button", { name: w("home.go") }).click();
  });
  await anybody.step("power", (page) => page.getByRole("link", { name: "护士执业注册" }).first().click());
  await anybody.says("当场", w("powers.shared"));
  for (const [name, path] of [
    ["versions", "/powers/versions"],
    ["diff", "/powers/diff"],
    ["reduction", "/powers/reduction"],
    ["seals", "/powers/seals"],
    ["five", "/powers/12345"],
    ["kinds", "/powers/kinds"],
    ["flow", "/powers/flows/penalty"],
    ["power-english", "/powers/gx/CF-AMR-001?lang=en"],
  ]) {
    await anybody.step(name, (page) => page.goto(path));
  }
});

story("penalty", "a penalty waits for its notice period, and two officers sign", EVERY_WIDTH, async (people) => {
  const first = await people.signIn("enforcer", desk(people.view));
  await first.step("runs", (page) => page.goto("/staff/powers"));
  await first.step("new", (page) => page.getByRole("link", { name: w("powers.open_one") }).click());
  await first.step("nothing-said", (page) => page.getByRole("button", { name: w("powers.open_one") }).click());
  await first.step("opened", async (page) => {
    await page.getByLabel(w("powers.power"), { exact: true }).selectOption("gx/CF-AMR-001");
    await page.getByLabel(w("powers.party_name"), { exact: true }).fill("演示大药房二店");
    await page.getByLabel(w("powers.party.organisation")).check();
    await page.getByRole("button", { name: w("powers.open_one") }).click();
  });
  const address = first.page.url();
  const unfold = async (page, id) => {
    const step = page.locator(`#step-${id}`);
    if (!(await step.evaluate((e) => e.open))) await step.locator("summary").click();
    return step;
  };
  await first.step("empty-step", async (page) => (await unfold(page, "file")).getByRole("button").click());
  assert.ok(await first.page.getByRole("alert").count(), "an empty step is not recorded");
  await first.step("filed", async (page) => {
    const step = await unfold(page, "file");
    await step.locator("textarea").first().fill("日常检查发现过期药品");
    await step.locator("textarea").nth(1).fill("涉嫌违反药品管理法");
    await step.getByRole("button").click();
  });
  await first.step("proposed", async (page) => {
    const step = await unfold(page, "investigate");
    await step.locator("textarea").first().fill("货架上有三盒过期药品");
    await step.getByLabel("勘验笔录、现场笔录").check();
    await step.locator("textarea").nth(1).fill("现场笔录一份，照片三张");
    await step.locator("input[type=date]").fill("2026-11-20");
    await step.locator(".btn[type=submit]").click();
  });
  await first.says(w("powers.pending"));
  assert.equal(await first.page.getByRole("button", { name: w("powers.cosign") }).count(), 0, "nobody signs twice");
  const second = await people.signIn("enforcer2", desk(people.view));
  await second.step("to-sign", (page) => page.goto(address));
  await second.step("signed", (page) => page.getByRole("button", { name: w("powers.cosign") }).click());
  await second.says("黄执、卢勤");

  // The penalty of the demonstration was told three days ago: its review has to wait.
  const reviewer = await people.signIn("reviewer", desk(people.view));
  await reviewer.page.goto("/staff/powers");
  await reviewer.step("told", (page) => page.getByRole("row", { name: "演示大药房（虚构）" }).getByRole("link").click());
  await reviewer.says("已告知", w("powers.not_now"), "法制审核", /不早于\d+年\d+月\d+日/);
});

const penaltyWithHearing = async (people) => {
  const opened = async (name) => {
    const officer = await people.signIn(name, desk(people.view));
    await officer.page.goto("/staff/powers");
    await officer.page.getByRole("row", { name: "演示大药房（虚构）" }).getByRole("link").click();
    return officer;
  };
  /** Takes a step: fills its fields by their names and sends it; a picture where it is named. */
  const take = async (officer, id, values, picture) => {
    const act = async (page) => {
      const step = page.locator(`#step-${id}`);
      if (!(await step.evaluate((e) => e.open))) await step.locator("summary").click();
      for (const [name, value] of Object.entries(values)) {
        const field = step.locator(`[name="/${id}/${name}"]`);
        if ((await field.first().getAttribute("type")) === "radio") await step.locator(`[name="/${id}/${name}"][value="${value}"]`).check();
        else await field.fill(value);
      }
      await step.getByRole("button").click();
    };
    if (picture) await officer.step(picture, act);
    else await act(officer.page);
  };

  const asked = await opened("enforcer");
  await take(asked, "ask_hearing", { hearing_request: "当事人书面要求听证" }, "hearing-asked");
  await asked.says("期限暂停");
  await take(asked, "set_hearing", { held_on: "2026-09-18", held_at: "三楼会议室", chair: "蒙法", public: "yes" }, "hearing-set");
  await people.world.ahead(11);
  const chair = await opened("reviewer");
  const record = { hearing_record: "双方陈述、质证，笔录附后", hearing_opinion: "事实清楚，可以从轻" };
  await take(chair, "hold_hearing", record, "hearing-held");
  await take(chair, "review", { review: "同意从轻" });
  const chief = await opened("chief");
  const decision = { decision: "罚款五万元", fine: "50000", reasons: "主动召回，从轻", remedies: "六十日内复议，六个月内诉讼" };
  await take(chief, "decide", decision, "penalty-decided");
  const last = await opened("enforcer");
  await take(last, "deliver", { delivery: "hand", received: "当场签收" });
  await take(last, "pay", { paid: "50000", receipt: "票据1" });
  await take(last, "close", { summary: "已履行，结案" }, "penalty-closed");
  await last.says(w("powers.closed"), "50,000.00 元", "主动召回，从轻");
};

story("penalty-hearing", "a penalty is heard, decided and paid", EVERY_WIDTH, penaltyWithHearing, { clock: MONDAY });

// A story: what people do, in steps that each leave a picture and must each pass the audit.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { audit, listen, prepareAudit } from "./audit.mjs";
import { openBrowser, settings, shot, WIDTHS } from "./browser.mjs";
import { closeWorlds, openWorld } from "./world.mjs";

const shots = resolve(dirname(fileURLToPath(import.meta.url)), "../shots");
const STEP_MS = 15_000;
/** Where nobody looks at pictures none are taken: they take time. */
const PICTURES = !process.env.CI;

/** Both widths, with JavaScript. */
export const EVERY_WIDTH = WIDTHS.map((width) => ({ width, script: true }));
/** Both widths, with and without JavaScript: what an applicant and the public get. */
export const EVERY_WAY = [...EVERY_WIDTH, ...WIDTHS.map((width) => ({ width, script: false }))];

/** A desk with JavaScript, a phone without: each width and each way once, for stories whose pages others tell in every way. */
export const EACH_ONCE = [
  { width: 1280, script: true },
  { width: 390, script: false },
];

/** Tells `tell(people)` once for each view, each time in a fresh world; `clock`: when its clock begins, else now. */
export function story(name, title, views, tell, { clock } = {}) {
  describe(title, () => {
    let browser;
    before(async () => (browser = await openBrowser()));
    after(async () => {
      await browser?.close();
      await closeWorlds();
    });
    for (const view of views) {
      const way = `${view.width}${view.script ? "" : "-noscript"}`;
      test(way, { timeout: 300_000 }, async () => {
        const world = await openWorld(clock);
        try {
          await tell(new People(browser, world, view, join(shots, name, way)));
        } finally {
          await world.stop();
        }
      });
    }
  });
}

/** Opens browsers for the people of a story. Their steps are numbered through, so that the pictures tell the story. */
export class People {
  #count = 0;

  constructor(browser, world, view, folder) {
    Object.assign(this, { browser, world, view, folder });
  }

  /** Somebody who has not signed in. */
  async visitor(view = this.view) {
    const context = await this.browser.newContext({ ...settings(view), baseURL: this.world.address });
    if (view.script) await prepareAudit(context);
    const page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
    return new Person(this, page, view);
  }

  /** A demonstration person, signed in by the link that the command line prints. */
  async signIn(name, view = this.view) {
    const person = await this.visitor(view);
    await person.page.goto(await this.world.link(name));
    // Opening the link signs nobody in: a mail scanner may open it too. The button does.
    await person.page.getByRole("main").getByRole("button").click();
    return person;
  }

  next() {
    this.#count += 1;
    return String(this.#count).padStart(2, "0");
  }
}

/** Staff work at a desk with JavaScript, whatever way the applicant came; the width stays that of the story. */
export const desk = (view) => ({ ...view, script: true });

class Person {
  constructor(people, page, view) {
    Object.assign(this, { people, page, view, browser: listen(page, people.world.address) });
  }

  /** Does something, then takes a picture of the page it led to, where somebody may look at it, and judges the page. */
  async step(name, act) {
    await act(this.page);
    await this.page.waitForLoadState("load");
    if (PICTURES) {
      await mkdir(this.people.folder, { recursive: true });
      const path = join(this.people.folder, `${this.people.next()}-${name}.png`);
      await shot(this.page, { path, fullPage: true });
    }
    const findings = [...(await audit(this.page, this.view)), ...this.browser.take()];
    assert.deepEqual(findings, [], `step "${name}" at ${this.page.url()}`);
  }

  /** The visible text of the page's main part. */
  async text() {
    return this.page.getByRole("main").innerText();
  }

  /** Fails unless the main part says all of this. */
  async says(...sentences) {
    const text = await this.text();
    for (const sentence of sentences) {
      const there = sentence instanceof RegExp ? sentence.test(text) : text.includes(sentence);
      assert.ok(there, `"${sentence}" is not said at ${this.page.url()}:\n${text}`);
    }
  }
}

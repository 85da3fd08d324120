// Every state of every page, with the samples that the site's own tests render: also the states that no story reaches,
// in the dark scheme and in the large-font view.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { audit, prepareAudit } from "./audit.mjs";
import { openBrowser, settings } from "./browser.mjs";

const folder = fileURLToPath(new URL("../../../target/gallery/", import.meta.url));
const ADDRESS = "http://gallery.test/";
const VIEWS = [
  { width: 1280, scheme: "light", large: false },
  { width: 390, scheme: "light", large: false },
  { width: 390, scheme: "dark", large: false },
  { width: 390, scheme: "light", large: true },
];

/** `home` for home.html and home.elder.html; other files there are pictures people took. */
const names = existsSync(folder)
  ? readdirSync(folder).filter((f) => /^[\w-]+\.html$/.test(f)).map((f) => f.slice(0, -".html".length))
  : [];

describe("the gallery", () => {
  let browser;
  before(async () => (browser = await openBrowser()));
  after(async () => browser?.close());

  test("was rendered by the site's tests", () => {
    assert.ok(names.length > 20, "cargo test -p site gallery renders it");
  });
  for (const view of VIEWS) {
    test(`${view.width} px, ${view.scheme}${view.large ? ", large" : ""}`, { timeout: 300_000 }, async () => {
      const context = await browser.newContext({ ...settings({ ...view, script: true }), colorScheme: view.scheme });
      await prepareAudit(context);
      const page = await context.newPage();
      // The pages stand for themselves: nothing but the page's own HTML, with its style inside, is served.
      await page.route("**/*", (route) => {
        const name = new URL(route.request().url()).pathname.slice(1);
        return names.includes(name)
          ? route.fulfill({ contentType: "text/html; charset=utf-8", body: read(name, view.large) })
          : route.fulfill({ status: 204, body: "" });
      });
      const found = {};
      for (const name of names) {
        await page.goto(ADDRESS + name);
        const findings = await audit(page, { ...view, script: true });
        if (findings.length) found[name] = findings;
      }
      await context.close();
      assert.deepEqual(found, {});
    });
  }
});

const read = (name, large) => readFileSync(`${folder}${name}${large ? ".elder" : ""}.html`, "utf8");

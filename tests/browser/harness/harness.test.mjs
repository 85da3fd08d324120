// The harness judged by bad samples: each fault of a page must be found, with and without JavaScript.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { audit, listen, prepareAudit } from "./audit.mjs";
import { openBrowser, settings } from "./browser.mjs";

const page = (body, head = "") =>
  `<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>样页</title><link rel="icon" href="data:,">${head}</head><body><main><h1>样页</h1>${body}</main></body></html>`;
const STYLED = page("<p>浅灰字</p>", '<link rel="stylesheet" href="/pale.css">');
const PAGES = {
  "/good": page("<p>夜里也开着。</p>"),
  "/label": page('<input type="text">'),
  "/pale": STYLED,
  "/wide": page('<div class="wide">宽</div>', '<link rel="stylesheet" href="/wide.css">'),
  "/inline": page('<p id="a">字</p><script>document.title = "x"</script>'),
  "/missing": page('<p>字</p>', '<link rel="stylesheet" href="/nowhere.css">'),
  "/throws": page("<p>字</p>", '<script src="/throws.js"></script>'),
};
const ASSETS = {
  "/pale.css": ["text/css", "p { color: #ccc; background: #fff }"],
  "/wide.css": ["text/css", ".wide { width: 2000px }"],
  "/throws.js": ["text/javascript", "throw new Error('broken')"],
};

describe("the harness finds", () => {
  let server, address, browser;
  before(async () => {
    server = createServer((request, response) => {
      const [type, body] = ASSETS[request.url] ?? ["text/html; charset=utf-8", PAGES[request.url]];
      const policy = "default-src 'self'; img-src 'self' data:";
      response.writeHead(body ? 200 : 404, { "content-type": type, "content-security-policy": policy });
      response.end(body ?? "");
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    address = `http://127.0.0.1:${server.address().port}`;
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    server.close();
  });

  async function judge(path, view) {
    const context = await browser.newContext(settings(view));
    if (view.script) await prepareAudit(context);
    const tab = await context.newPage();
    const heard = listen(tab, address);
    await tab.goto(address + path);
    const found = [...(await audit(tab, view)), ...heard.take()];
    await context.close();
    return found;
  }

  const cases = [
    ["nothing on a good page", "/good", null, [true, false]],
    ["a field without a label", "/label", /axe label/, [true, false]],
    ["pale text, by the page's own style sheet", "/pale", /axe color-contrast/, [true, false]],
    ["sideways scroll", "/wide", /scrolls sideways by \d+ px/, [true, false]],
    ["a script that the policy forbids", "/inline", /console: .*Content Security Policy/, [true]],
    ["a style sheet that is not there", "/missing", /404 for/, [true, false]],
    ["a script that throws", "/throws", /script: broken/, [true]],
  ];
  for (const [what, path, expected, ways] of cases) {
    for (const script of ways) {
      test(`${what}${script ? "" : ", without JavaScript"}`, async () => {
        const found = await judge(path, { width: 390, script });
        if (expected === null) assert.deepEqual(found, []);
        else assert.match(found.join("\n"), expected);
      });
    }
  }
});

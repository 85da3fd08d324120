// What every page must pass, whatever the story: accessible, no sideways scroll, nothing broken, nothing from elsewhere.

import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { settings } from "./browser.mjs";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] } };

/** Makes axe ready in every page of a context. It enters before the page does, so no policy of the page stops it. */
export async function prepareAudit(context) {
  await context.addInitScript({ content: axeSource });
}

/** Collects from now on what the browser complains about; `take()` gives the complaints and starts afresh. */
export function listen(page, address) {
  let complaints = [];
  page.on("console", (message) => {
    // A refused form answers 422 and a foreign case 404: the browser says so, and the story looks at the page itself.
    const isStatus = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isStatus) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(data|blob|about):/.test(url)) complaints.push(`request to ${url}`);
  });
  page.on("response", (response) => {
    const isPage = response.request().isNavigationRequest();
    if (response.status() >= 400 && !isPage) complaints.push(`${response.status()} for ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // Leaving a page ends its open requests, and a story may take the network away; neither is a fault.
    if (!["net::ERR_ABORTED", "net::ERR_INTERNET_DISCONNECTED"].includes(why)) complaints.push(`${why} for ${request.url()}`);
  });
  return {
    take() {
      const taken = complaints;
      complaints = [];
      return taken;
    },
  };
}

/** Findings of the page as it stands: one line each, empty when all is well. */
export async function audit(page, view) {
  return view.script ? findings(page) : withScript(page, view, findings);
}

/**
 * axe is a script. A page without script is laid, as it stands, into one that may run some: same address, same styles. Each
 * person has one such page for all steps: a browser's context takes longer to make than a page to judge.
 */
async function withScript(page, view, look) {
  const copy = copies.get(page) ?? (await copyFor(page, view));
  copies.set(page, copy);
  copy.html = (await page.content()).replace(/<script\b[^>]*>[\s\S]*?<\/script>/gi, "");
  copy.address = bare(page.url());
  await copy.page.goto(copy.address);
  return look(copy.page);
}

const copies = new WeakMap();

async function copyFor(page, view) {
  const context = await page.context().browser().newContext({ ...settings(view), javaScriptEnabled: true });
  await prepareAudit(context);
  const copy = { page: await context.newPage(), html: "", address: "" };
  const isThisPage = (url) => bare(url.href) === copy.address;
  await copy.page.route(isThisPage, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: copy.html }));
  return copy;
}

/** Without the place in the page: going to another place of the page that is there would load nothing. */
const bare = (address) => address.split("#")[0];

async function findings(page) {
  const found = await page.evaluate(async (rules) => {
    const result = await globalThis.axe.run(document, rules);
    return result.violations.map((v) => `axe ${v.id}: ${v.help} at ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  }, RULES);
  const over = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
  if (over > 0) found.push(`the page scrolls sideways by ${over} px`);
  return found;
}

// One browser for a file of stories, and what it must never do: speak to a host other than ours.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const program = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

/** The widths a page is shown at: a desk and a phone. */
export const WIDTHS = [1280, 390];

export async function openBrowser() {
  if (!program) throw new Error("no browser: sudo apt-get install chromium fonts-noto-cjk, or set CHROMIUM");
  return chromium.launch({
    executablePath: program,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** How a person comes to us: a width (and a height), and with or without JavaScript. */
export function settings({ width, height = width > 600 ? 800 : 844, script }) {
  return {
    viewport: { width, height },
    javaScriptEnabled: script,
    isMobile: false,
    hasTouch: width < 600,
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    reducedMotion: "reduce",
  };
}

/** A picture of a page or of a part of it. A busy machine's browser now and then says that it cannot, and can a moment later. */
export async function shot(target, options = {}) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await target.screenshot(options);
    } catch (error) {
      if (tries === 3 || !/Unable to capture screenshot/.test(error.message)) throw error;
    }
  }
}

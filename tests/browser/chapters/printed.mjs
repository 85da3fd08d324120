// The code printed on a licence: handed to the verifier as a picture, and forged as somebody would who can draw QR codes.

import assert from "node:assert/strict";
import qrcode from "qrcode-generator";
import { w } from "../harness/words.mjs";

const GROUP = 7;
// Digits that hold a group of as many bytes as the index says (crates/evidence, `compact::link`).
const DIGITS = [0, 3, 5, 8, 10, 13, 15, 17];

/** Hands the picture to the page and waits for an answer: the one to this picture, so the one before is taken away. */
export async function scan(page, picture, mimeType = "image/png") {
  await page.locator("[data-checks]").evaluate((list) => list.replaceChildren());
  const input = page.getByLabel(w("verify.picture"));
  await input.setInputFiles([]);
  await input.setInputFiles({ name: "licence", mimeType, buffer: picture });
  await page.locator("[data-checks] li").first().waitFor();
}

/** A picture (GIF) of the code at `address` in which `from` was written over by `to`, of the same length; the signature stays. */
export function forged(address, from, to) {
  const [page, digits] = address.split("#");
  const signed = bytes(digits);
  const at = signed.indexOf(utf16(from));
  assert.ok(at > 0, `${from} stands in the code`);
  signed.set(utf16(to), at);
  return picture(page, written(signed));
}

/** A picture (GIF) of a code with this address. */
export function picture(page, digits) {
  const code = qrcode(0, "L");
  code.addData(`${page}#`, "Byte");
  code.addData(digits, "Numeric");
  code.make();
  return Buffer.from(code.createDataURL(4, 16).split(",")[1], "base64");
}

const utf16 = (words) => Buffer.from(words, "utf16le").swap16();

function bytes(digits) {
  const groups = digits.match(/\d{1,17}/g).map((group) => {
    const size = DIGITS.indexOf(group.length);
    return Buffer.from(BigInt(group).toString(16).padStart(2 * size, "0"), "hex");
  });
  return Buffer.concat(groups);
}

function written(signed) {
  let digits = "";
  for (let at = 0; at < signed.length; at += GROUP) {
    const group = signed.subarray(at, at + GROUP);
    digits += BigInt(`0x${group.toString("hex")}`).toString().padStart(DIGITS[group.length], "0");
  }
  return digits;
}

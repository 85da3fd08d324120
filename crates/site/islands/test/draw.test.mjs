// The second implementation of docs/draw.md against the same vectors as the first.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { draw } from "../dist-test/entry.js";

const { parts, verifyFile } = draw;
const vectors = JSON.parse(await readFile(new URL("../../../../docs/draw-vectors.json", import.meta.url), "utf8"));

const bytes = (value) => new TextEncoder().encode(JSON.stringify(value));
const seedOf = (text) => parts.fromHex(text);

test("streams give the same words and the same bounded numbers", () => {
  assert.ok(vectors.streams.length >= 3);
  for (const { seed, purpose, words, below } of vectors.streams) {
    const [plain, bounded] = [new parts.Stream(seedOf(seed), purpose), new parts.Stream(seedOf(seed), purpose)];
    for (const word of words) assert.equal(plain.word(), BigInt(word), purpose);
    for (const [bound, value] of below) assert.equal(bounded.below(BigInt(bound)), BigInt(value), `${purpose} ${bound}`);
  }
});

test("rolls, chances, draws and stand-ins are the same", () => {
  assert.ok(vectors.draws.length >= 4);
  for (const { what, seed, take, each, roll, hash, chances, pairs, stand_ins: standIns } of vectors.draws) {
    // The order a roll comes in means nothing.
    for (const turned of [roll, Object.fromEntries(Object.entries(roll).map(([name, rows]) => [name, rows.slice().reverse()]))]) {
      const ordered = parts.inOrder(turned);
      assert.equal(parts.hex(parts.rollHash(ordered)), hash, what);
      const drawn = parts.draw(ordered, take, each, seedOf(seed));
      assert.deepEqual(ordered.targets.map((target) => [target.id, ...parts.chanceOf(drawn.chances, target)]), chances, what);
      assert.deepEqual(drawn.pairs, pairs, what);
      const waiting = pairs.map((pair) => ({ target: pair.target, officers: parts.standIns(ordered, seedOf(seed), pair) }));
      assert.deepEqual(waiting, standIns, what);
    }
  }
});

test("the published file holds, with and without keys brought", () => {
  for (const trusted of [undefined, vectors.trusted]) {
    const found = verifyFile(bytes(vectors.file), trusted);
    assert.deepEqual([found.valid, found.code ?? "", found.seed, found.leaf], [true, "", vectors.seed, vectors.leaf]);
    assert.deepEqual(found.rows.map(({ target, officers }) => ({ officers, target })), vectors.file.pairs);
  }
  const half = { ...vectors.trusted, witnesses: vectors.trusted.witnesses.slice(1) };
  assert.equal(verifyFile(bytes(vectors.file), half).code, "unknown_witness");
  assert.equal(verifyFile(bytes(vectors.file), { log: vectors.trusted.witnesses, witnesses: [] }).code, "unknown_log_key");
});

test("the first thing that is wrong is the same", () => {
  assert.ok(vectors.wrong.length >= 30);
  for (const { what, set, unset, code } of vectors.wrong) {
    const file = { ...vectors.file, ...set };
    for (const member of unset) delete file[member];
    const found = verifyFile(bytes(file), vectors.trusted);
    assert.deepEqual([found.valid, found.code], [false, code], what);
  }
});

test("files that cannot be read say why", () => {
  const text = JSON.stringify(vectors.file);
  const cases = [
    [new Uint8Array(), "not_json"],
    [bytes(vectors.file).slice(0, 1000), "not_json"],
    [Uint8Array.of(0xff, 0xfe), "not_utf8"],
    [Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d), "byte_order_mark"],
    [new TextEncoder().encode(text.replace("{", '{"secret":"",')), "duplicate_key"],
    [bytes([]), "shape"],
  ];
  for (const [given, code] of cases) assert.equal(verifyFile(given).code, code);
});

test("no single altered character of a signature, of the secret or of a key goes unnoticed", () => {
  const text = JSON.stringify(vectors.file);
  const from = text.indexOf('"proof"');
  let tried = 0;
  for (let at = from; at < text.length; at += 37) {
    if (!/[A-Za-z0-9]/.test(text[at])) continue;
    const other = text[at] === "b" ? "c" : "b";
    const altered = new TextEncoder().encode(text.slice(0, at) + other + text.slice(at + 1));
    const found = verifyFile(altered, vectors.trusted);
    // A character of a signature line nobody counts (the log's SM2 line) changes nothing that is proven.
    if (found.valid) assert.ok(text.slice(text.lastIndexOf("\\n", at), at).startsWith("\\n— log."), text.slice(at - 40, at));
    tried++;
  }
  assert.ok(tried > 20, String(tried));
});

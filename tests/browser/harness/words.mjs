// The interface's words, so that a story presses "send" and not a sentence that a clerk may mend tomorrow.

import { readFileSync } from "node:fs";

const words = read(readFileSync(new URL("../../../catalog/words/zh-CN.toml", import.meta.url), "utf8"));

/** The words under a dotted key: the button or heading as it is shown. */
export function w(key) {
  const found = words.get(key);
  if (found === undefined) throw new Error(`no words under ${key} in catalog/words/zh-CN.toml`);
  return found;
}

/** The words under a key as a pattern, with its gaps `{}` open. */
export function like(key) {
  const escaped = w(key).replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(escaped.replaceAll("{}", "[\\s\\S]*?"));
}

/** The part of TOML that the words are written in: tables, and keys with strings on one line. */
function read(text) {
  const found = new Map();
  let table = "";
  for (const line of text.split("\n")) {
    const heading = /^\[([\w.-]+)\]\s*$/.exec(line);
    const entry = /^([\w.-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:#.*)?$/.exec(line);
    if (heading) table = `${heading[1]}.`;
    else if (entry) found.set(table + entry[1], entry[2].startsWith('"') ? JSON.parse(entry[2]) : entry[2].slice(1, -1));
    else if (line.trim() && !line.startsWith("#")) throw new Error(`words.mjs does not read: ${line}`);
  }
  return found;
}

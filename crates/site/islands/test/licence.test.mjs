// The browser's verifier against the table of cases that the server's own answers to (written out by its tests), and against
// the examples of the standards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as licence from '../dist-test/entry.js';

const { fromHex, hex, utf8 } = licence;
const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));
const opened = Date.parse(vectors.opened);
const root = await licence.readKey(vectors.root);

const trustOf = (name) => licence.takeTrust({ demonstration: false, roots: [root] }, vectors.trust[name], opened);

async function statusOf(name, trust) {
  if (name === null) return undefined;
  try {
    return await licence.openStatus(fromHex(vectors.status[name]), trust, opened);
  } catch (refused) {
    assert.ok(refused instanceof licence.Refused, refused);
    return { refused: refused.code };
  }
}

function given(shown) {
  const [[kind, value]] = Object.entries(shown);
  return { [kind]: kind === 'text' ? value : fromHex(value) };
}

test('there are cases', () => assert.ok(vectors.cases.length > 80));

for (const one of vectors.cases) {
  test(one.name, async () => {
    const trust = await trustOf(one.trust);
    const status = await statusOf(one.status, trust);
    const reader = { trust, status, now: Date.parse(one.now), ownHosts: [vectors.own_host], ...(one.proof ? { proof: one.proof } : {}) };
    const answer = await licence.judge(reader, given(one.shown));
    // Reading by JSON.parse loses a member that stands twice; the text is refused all the same.
    const codes = one.codes.replace('duplicate_key', 'not_canonical');
    assert.equal(`${answer.colour}: ${answer.reasons.map((reason) => reason.code).join(' ')}`, `${one.colour}: ${codes}`);
    assert.equal(answer.core?.holder ?? null, one.holder);
    assert.equal(answer.core?.code ?? null, one.code);
  });
}

test('the examples of SM3 (GB/T 32905)', () => {
  assert.equal(hex(licence.sm3(utf8('abc'))), '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
  assert.equal(hex(licence.sm3(utf8('abcd'.repeat(16)))), 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732');
});

test('the example of SM2 (GB/T 32918.5)', () => {
  const key = fromHex(
    '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  );
  const signature = fromHex(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  );
  assert.equal(licence.verifySm2(key, utf8('message digest'), signature), true);
  assert.equal(licence.verifySm2(key, utf8('message digesu'), signature), false);
});

test('a list is never rolled back, and has one content for a number', async () => {
  const trust = await trustOf('good');
  const good = await licence.openStatus(fromHex(vectors.status.good), trust, opened);
  const code = (list, held) => {
    try {
      licence.checkFollows(list, held);
      return 'followed';
    } catch (refused) {
      return refused.code;
    }
  };
  assert.equal(code(good, good), 'followed');
  assert.equal(code({ ...good, sequence: 6 }, good), 'followed');
  assert.equal(code({ ...good, sequence: 4 }, good), 'status_rollback');
  assert.equal(code({ ...good, content: 'x' }, good), 'status_fork');
  assert.equal(code({ ...good, list: 2 }, good), 'status_other_list');
});

test('a trust list is never rolled back, forked, or taken from a stranger', async () => {
  const held = await trustOf('revoked');
  const take = async (anchor, name) => {
    try {
      await licence.takeTrust(anchor, vectors.trust[name], opened);
      return 'taken';
    } catch (refused) {
      return refused.code;
    }
  };
  assert.equal(await take(held, 'no_log'), 'taken');
  assert.equal(await take(held, 'revoked'), 'taken');
  assert.equal(await take(held, 'good'), 'trust_rollback');
  assert.equal(await take({ ...held, content: 'x' }, 'revoked'), 'trust_fork');
  assert.equal(await take({ ...held, roots: [] }, 'no_log'), 'unknown_key');
  const altered = vectors.trust.good.replace('450000', '440000');
  await assert.rejects(licence.takeTrust({ demonstration: false, roots: [root] }, altered, opened), /signature_mismatch/);
});

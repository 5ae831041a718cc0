// ledgerd is killed, again and again, while webhooks pour in: what was answered 200 is in the inbox afterwards.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from '../../examples/demo/books.mjs';
import { administrator, journey, sequence } from './scene.mjs';

const deaths = 25;
const senders = 6;

/** Every webhook that the plugin's database knows, by the digest of what was signed. */
async function inbox(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.(db|sqlite)$/.test(name));
  const read = 'import json, sqlite3, sys\n'
    + 'rows = set()\n'
    + 'for name in sys.argv[1:]:\n'
    + '    base = sqlite3.connect(f"file:{name}?mode=ro", uri=True)\n'
    + '    if base.execute("SELECT 1 FROM sqlite_master WHERE name = \'inbox\'").fetchone():\n'
    + '        rows |= {one for (one,) in base.execute("SELECT webhook_id FROM inbox")}\n'
    + 'print(json.dumps(sorted(rows)))';
  const { stdout } = await promisify(execFile)('python3', ['-c', read, ...files.map((name) => join(folder, name))],
    { maxBuffer: 64 * 1024 * 1024 });
  return new Set(JSON.parse(stdout));
}

const digest = (jwt) => createHash('sha256').update(jwt.slice(0, jwt.lastIndexOf('.'))).digest('hex');

journey(`ledgerd dies ${deaths} times under webhooks; each that was answered 200 is kept`, async (step, folder, t) => {
  const seed = Number(process.env.BANKFEED_SEED ?? randomInt(1, 1_000_000_000));
  t.diagnostic(`seed ${seed}: BANKFEED_SEED=${seed} repeats the moments`);
  const random = sequence(seed);
  const admin = administrator(folder);
  const { world } = admin;
  await world.start();
  await admin.enter();
  admin.connectionId = (await admin.link('connect', ['Checking'])).connection_id;
  await admin.bank.settle();
  const [item] = (await admin.bank.state()).items;

  let stopping = false;
  let number = 0;
  const send = async () => {
    while (!stopping) {
      number += 1;
      // Each has a body, and so a token, of its own.
      const text = JSON.stringify({ webhook_type: 'ITEM', webhook_code: `DEATH_${number}`, item_id: item.item_id, environment: 'sandbox', error: null });
      const answer = await admin.bank.forge(item.item_id, 'signed_text', { text });
      if (answer.status !== 200) await pause(5); // ledgerd is dead
    }
  };
  const pouring = Array.from({ length: senders }, send);
  for (let i = 0; i < deaths; ++i) {
    await pause(20 + Math.floor(random() * 230));
    await world.ledgerd.stop('SIGKILL');
    await world.startLedgerd();
  }
  stopping = true;
  await Promise.all(pouring);

  const attempts = (await admin.bank.webhooks()).filter((one) => one.body.includes('"DEATH_'));
  const good = attempts.filter((one) => one.status === 200);
  const cut = attempts.filter((one) => one.status !== 200);
  t.diagnostic(`${good.length} answered 200, ${cut.length} not; the last number was ${number}`);
  assert.ok(good.length > deaths * 5, 'there was something to lose');
  assert.ok(cut.length > 0, 'death came between a webhook and its answer, or the door was shut');
  const kept = await inbox(folder);
  const lost = good.filter((one) => !kept.has(digest(one.jwt)));
  assert.deepEqual(lost.map((one) => one.body), [], 'nothing that was answered 200 is lost');
  await step('a replay of what was kept is known, and does nothing', async () => {
    const before = kept.size;
    for (const one of good.slice(-5)) {
      const again = await admin.bank.resend(one.index, true);
      assert.equal(again.status, 200);
    }
    await until('the inbox to stay as it was', async () => (await inbox(folder)).size === before);
  });
});

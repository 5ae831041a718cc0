// What every journey needs: a world of its own that is gone afterwards, and sentences that help.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Administrator } from '../../examples/demo/administrator.mjs';
import { until } from '../../examples/demo/books.mjs';
import { stopAll } from '../../examples/demo/processes.mjs';
import { World } from '../../examples/demo/world.mjs';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The build to test: BANKFEED_BUILD, or the development build. */
export const build = process.env.BANKFEED_BUILD ?? join(top, 'build/dev');

/**
 * A test in a folder of its own, which is kept, and named, when the test fails. `body` gets the folder and `step`, which
 * runs a part under a name. What follows a failed step is not run, unless the step is said to stand alone.
 */
export function journey(name, body) {
  test(name, { timeout: 240_000 }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'bankfeed-journey-'));
    const interrupted = () => void stopAll().then(() => process.exit(130));
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    let failed = false;
    const step = async (what, part, { alone = false } = {}) => {
      let broken = false;
      await t.test(what, async () => {
        try {
          await part();
        } catch (error) {
          broken = true;
          throw error;
        }
      });
      failed ||= broken;
      if (broken && !alone) throw new Error(`"${what}" failed, and what follows needs it`);
    };
    try {
      await body(step, folder, t);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      await stopAll();
      process.removeListener('SIGINT', interrupted).removeListener('SIGTERM', interrupted);
      if (failed) t.diagnostic(`the logs are in ${folder}`);
      else await rm(folder, { recursive: true, force: true });
    }
  });
}

/** Numbers that the seed repeats: mulberry32. */
export function sequence(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** An administrator in a world that has not started yet. */
export function administrator(folder, { settings = {}, ...more } = {}) {
  return new Administrator(new World({ build, folder, ...more, settings: { poll_interval_seconds: '86400', ...settings } }));
}

/** Starts ledgerd once more; `how` is the signal that ends the old one. */
export async function restart(admin, how = 'SIGTERM') {
  await admin.world.ledgerd.stop(how);
  await admin.world.startLedgerd();
  await admin.enter();
}

/** Lets every account of `names` feed a new ledger account, and waits until the books have it all. */
export async function feedNew(admin, names) {
  const review = await admin.waitForAccounts(names);
  await admin.books.console('POST', `connections/${admin.connectionId}/review`, {
    decisions: review.accounts
      .filter((row) => names.includes(row.account.name))
      .map((row) => ({ bank_account_id: row.account.id, choice: 'new', name: `Platypus ${row.account.name}`, start_date: null, opening_balance: true })),
  });
  await admin.waitUntilDelivered(names);
}

/** Until every fed ledger account equals the bank, to the cent, and all entries add up to nothing. */
export async function inStep(admin, milliseconds = 30_000) {
  await until('books and bank to be in step', async () => {
    assert.ok((await admin.checkBalances()).length > 0, 'something is fed');
    return true;
  }, milliseconds, 100);
  await admin.checkTrialBalance();
}

/**
 * A text that a person reads: whole sentences that name what it is about and what to do. `parts` are patterns that must
 * be found, one after another in any order.
 */
export function saysClearly(text, ...parts) {
  assert.equal(typeof text, 'string');
  for (const part of parts) assert.match(text, part);
  assert.match(text.trim(), /[.)]$/, `it ends like a sentence: ${text}`);
  assert.ok(text.length > 20 && text.length < 600, `it has a length that is read: ${text}`);
  assert.doesNotMatch(text, /simulator-secret|access-sandbox|public-sandbox|undefined|\[object|0x[0-9a-f]{6}/, 'it holds no secret and no debris');
}

// Faults that need a host: ledgerd with the plugin dies, or ends, in the middle of what Plaid answers.
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey, restart } from '../journey/scene.mjs';

const passedFile = process.env.BANKFEED_TESTS_PASSED;
if (passedFile) writeFileSync(passedFile, '');

/** A journey whose name is noted when it came to a good end, for the table of faults. */
function played(name, body) {
  journey(name, async (...all) => {
    await body(...all);
    if (passedFile) appendFileSync(passedFile, `host: ${name}\n`);
  });
}

async function connected(folder) {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();
  admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  await feedNew(admin, ['Checking', 'Savings']);
  await inStep(admin);
  await admin.bank.call('POST', '/_sim/webhooks/enabled', { enabled: true, give_up_rule: false });
  return admin;
}

const rows = (count, name) => Array.from({ length: count }, (_, i) => ({ op: 'add', amount: `${1 + (i % 7)}.${10 + (i % 89)}`, name: `${name} ${i}` }));

/** Each posted row is booked once: as many as the bank has, and the same sum. */
async function bookedOnce(admin) {
  await inStep(admin);
  for (const name of ['Checking', 'Savings']) {
    const { rows: truth } = await admin.bank.account(name);
    const account = (await admin.connection()).accounts.find((one) => one.name === name);
    assert.equal(account.booked, truth.filter((row) => !row.pending).length, `${name}: as many as the bank has`);
  }
  const { connections, notices } = await admin.overview();
  assert.deepEqual(connections.map((one) => one.state), ['healthy']);
  assert.deepEqual(notices.map((one) => one.kind), []);
}

const syncs = async (admin) => (await admin.bank.requests()).filter((one) => one.path === '/transactions/sync' && one.status === 200).length;

played('ledgerd is killed in the middle of a loop: the loop begins again, and no row comes twice', async (step, folder) => {
  const admin = await connected(folder);
  const { account_id: checking } = await admin.bank.account('Checking');
  await admin.bank.call('POST', '/_sim/settings', { page_size_cap: 40 });
  for (const page of [2, 4]) {
    await step(`while page ${page} is under way`, async () => {
      await admin.bank.fault('late', { endpoint: '/transactions/sync', page, seconds: 20 });
      await admin.bank.transactions(checking, rows(150, `Before page ${page}`));
      await until('the page to be asked for', async () => (await admin.bank.faultsWaiting()).length === 0);
      await restart(admin, 'SIGKILL');
      await bookedOnce(admin);
    });
  }
});

played('ledgerd is killed between the last page and its cursor, and between rows and books: nothing is booked twice', async (step, folder) => {
  const admin = await connected(folder);
  const { account_id: checking } = await admin.bank.account('Checking');
  // The moments are spread over what follows the answer: parse, commit, delivery.
  for (const wait of [0, 1, 2, 4, 8, 16, 32, 64]) {
    await step(`${wait} ms behind the answer`, async () => {
      const before = await syncs(admin);
      await admin.bank.transactions(checking, rows(60, `Behind ${wait}`));
      await until('the page to be answered', async () => (await syncs(admin)) > before, 20_000, 1);
      if (wait > 0) await pause(wait);
      await restart(admin, 'SIGKILL');
      await bookedOnce(admin);
    });
  }
});

played('ledgerd ends at once while Plaid is silent, and goes on where it was', async (step, folder) => {
  const admin = await connected(folder);
  const { account_id: checking } = await admin.bank.account('Checking');
  for (const kind of ['hang', 'slow_drip']) {
    await step(`during ${kind}`, async () => {
      await admin.bank.fault(kind, { endpoint: '/transactions/sync', seconds: 60 });
      await admin.bank.transactions(checking, rows(3, `During ${kind}`));
      await until('the fault to strike', async () => (await admin.bank.faultsWaiting()).length === 0);
      const begun = Date.now();
      await restart(admin);
      assert.ok(Date.now() - begun < 30_000, 'no worker waits for the answer');
      await bookedOnce(admin);
    });
  }
});

// A client secret that Plaid refuses: it is the operator's to mend, and no connection is to blame for it.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey, restart, saysClearly } from './scene.mjs';

journey('a wrong client secret is said clearly, breaks no connection, and loses nothing', async (step, folder) => {
  const admin = administrator(folder);
  const { world } = admin;
  const secret = (word) => writeFile(join(folder, 'plaid-secrets.properties'),
    `plaid.client_id = simulator-client\nplaid.secret = ${word}\n`, { mode: 0o600 });
  await world.layOut();
  await secret('wrong-secret-1234');
  await world.startSimulator();
  await world.startLedgerd();
  await admin.enter();

  await step('connecting fails with the reason', async () => {
    const id = await admin.beginLink('connect');
    const failed = await until('the link session to fail', async () => {
      const now = await admin.linkSession(id);
      return now.state === 'failed' ? now : null;
    });
    assert.equal(failed.error.code, 'INVALID_API_KEYS');
    assert.equal(failed.hosted_url, null);
    saysClearly(failed.error.text, /client id or secret/, /check them/);
    assert.match(failed.error.request_id, /^\w+$/, 'what to quote to Plaid');
    assert.deepEqual((await admin.overview()).connections, []);
  });

  await step('with the right one it works', async () => {
    await secret('simulator-secret-0000');
    await restart(admin);
    admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
    await feedNew(admin, ['Checking', 'Savings']);
    await inStep(admin);
  });

  const checking = await admin.bank.account('Checking');
  const before = await admin.fingerprint();

  await step('a secret that was changed at Plaid breaks no connection', async () => {
    await admin.quiet();
    await secret('rotated-away-5678');
    await restart(admin);
    const [notice] = await until('the notice', async () => {
      const found = await admin.notices('setup_wrong');
      return found.length === 1 ? found : null;
    });
    assert.equal(notice.severity, 'error');
    assert.equal(notice.params.code, 'INVALID_API_KEYS');
    saysClearly(notice.params.text, /client id or secret/, /check them/);
    await admin.bank.transactions(checking.account_id, [{ op: 'add', amount: '31.41', name: 'While nobody could ask' }]);
    await admin.books.console('POST', `connections/${admin.connectionId}/sync`, {});
    await admin.bank.settle();
    const status = async () => (await admin.bank.webhooks()).at(-1).status;
    assert.equal(await status(), 200, 'its key is known from before: the webhook is kept, and its work waits');
    await admin.bank.call('POST', '/_sim/keys/rotate', {});
    await admin.bank.transactions(checking.account_id, [{ op: 'add', amount: '2.72', name: 'With a key that nobody could fetch' }]);
    await admin.bank.settle();
    assert.equal(await status(), 503, 'a webhook whose key cannot be fetched is to come again, not to be lost');
    await admin.quiet();
    const connection = await admin.connection();
    assert.equal(connection.state, 'healthy');
    assert.equal(connection.error.code, 'INVALID_API_KEYS');
    assert.equal((await admin.notices('setup_wrong')).length, 1, 'one notice, however often it is tried');
    assert.deepEqual((await admin.overview()).notices.map((one) => one.kind), ['setup_wrong'], 'nobody is told to log in at the bank');
    assert.equal(await admin.fingerprint(), before, 'the books are as they were');
  });

  await step('once it is right again SIGHUP is enough, and all is well', async () => {
    await secret('simulator-secret-0000');
    await writeFile(world.config, (await readFile(world.config, 'utf8')).replace('client_name = ledgerd demo', 'client_name = Renamed'));
    world.ledgerd.child.kill('SIGHUP');
    await world.ledgerd.line(/client id and its secret are taken over/);
    await world.ledgerd.line(/Changed settings take effect at the next start/);
    await inStep(admin);
    await until('the notice to clear', async () => (await admin.overview()).notices.length === 0);
    const connection = await admin.connection();
    assert.equal(connection.error, null);
    const { entries } = await admin.books.console('GET', 'activity');
    assert.deepEqual(entries.filter((one) => one.action === 'connection.state_changed' && one.detail.from !== 'linking'), [], 'the state never changed');
  });
});

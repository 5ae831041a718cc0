// No public address, and no webhook ever: everything arrives all the same, only later.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey } from './scene.mjs';

/** Until two rounds of asking have gone by without a request; how many there were before. */
async function leftAlone(admin) {
  let before = -1;
  await until('the bank to be left alone', async () => {
    const now = (await admin.bank.requests()).length;
    const still = now === before;
    before = now;
    return still;
  }, 60_000, 5_000);
  return before;
}

journey('without any webhook nothing is missed, it only comes later', async (step, folder) => {
  const admin = administrator(folder, { settings: { webhooks: 'off', poll_interval_seconds: '2' } });
  await admin.world.start();
  await admin.enter();
  const checking = await admin.bank.account('Checking');
  let item;

  await step('a bank is connected: the end of its session is found by asking', async () => {
    const session = await admin.books.console('GET', 'session');
    assert.equal(session.webhooks, false, 'the console can say so');
    assert.equal(session.poll_interval_seconds, 2);
    admin.connectionId = (await admin.link('connect', ['Checking'])).connection_id;
    await feedNew(admin, ['Checking']);
    await inStep(admin);
    [item] = (await admin.bank.state()).items;
    assert.ok(!item.webhook, 'the bank was given no address');
  });

  await step('new transactions are found', async () => {
    await admin.bank.transactions(checking.account_id, [
      { op: 'add', id: 'found', amount: '12.34', name: 'Found by asking', day: -1 },
    ]);
    await inStep(admin);
    assert.match(await admin.exported(), /Found by asking/);
    const connection = await admin.connection();
    assert.ok(connection.last_poll_at !== null, 'and when the bank was asked is known');
  });

  await step('a new sub-account is found when somebody looks for one', async () => {
    await admin.bank.openAccount({
      login_id: item.login_id, name: 'Event Fund', type: 'depository', subtype: 'savings', mask: '2222', currency: 'USD',
      opening_balance: '250.00',
    });
    await admin.link('add_accounts', ['Checking', 'Event Fund'], admin.connectionId);
    await feedNew(admin, ['Event Fund']);
    await inStep(admin);
  });

  await step('while it is paused nothing is asked, and then everything comes', async () => {
    await admin.books.console('POST', `connections/${admin.connectionId}/pause`, {});
    await until('the last answers', async () => (await admin.connection()).activity === 'idle');
    // A call that was under way when it was paused may still end.
    const before = await leftAlone(admin);
    await admin.bank.transactions(checking.account_id, [
      { op: 'add', id: 'late', amount: '5.00', name: 'Came during the pause', day: -1 },
    ]);
    assert.equal(await leftAlone(admin), before);
    const paused = await admin.connection();
    assert.equal(typeof paused.paused.by, 'string');
    await admin.books.console('POST', `connections/${admin.connectionId}/resume`, {});
    await inStep(admin);
    assert.match(await admin.exported(), /Came during the pause/);
  });

  await step('a login that broke is told of, and its repair is found', async () => {
    await admin.bank.call('POST', '/_sim/items/state', { login_id: item.login_id, error_code: 'ITEM_LOGIN_REQUIRED' });
    await until('the notice that somebody must log in', async () => (await admin.notices('needs_login')).length === 1);
    await admin.bank.transactions(checking.account_id, [
      { op: 'add', id: 'after', amount: '7.00', name: 'Came while nobody could look', day: 0 },
    ]);
    await admin.link('repair', ['Checking', 'Event Fund'], admin.connectionId);
    await until('the notice to clear itself', async () => (await admin.notices('needs_login')).length === 0);
    await inStep(admin);
  });

  await step('and not one webhook was ever sent', async () => {
    assert.deepEqual(await admin.bank.webhooks(), []);
  });

  await step('all data of the organisation is deleted, its bank first', async () => {
    const { tenant } = await admin.books.console('GET', 'tenant');
    await admin.books.console('POST', 'tenant/erase', { confirm: tenant });
    await until('the deletion to end', async () => (await admin.books.console('GET', 'tenant')).erasure === null);
    assert.deepEqual((await admin.overview()).connections, []);
    const { entries } = await admin.books.console('GET', 'activity');
    assert.equal(entries.at(-1).action, 'tenant.erased');
    assert.equal(entries.at(-1).detail.tokens_ended, 1);
    assert.ok((await admin.bank.requests()).some((one) => one.path === '/item/remove'));
    // The books are the host's own.
    assert.match(await admin.exported(), /Found by asking/);
  });
});

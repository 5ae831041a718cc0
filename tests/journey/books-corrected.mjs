// People correct the books: what they remove stays out, and what comes for a closed period waits until it is open.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey, restart } from './scene.mjs';

const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

async function world(folder, rows) {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();
  const checking = (await admin.bank.account('Checking')).account_id;
  await admin.bank.transactions(checking, rows);
  admin.connectionId = (await admin.link('connect', ['Checking'])).connection_id;
  await feedNew(admin, ['Checking']);
  await inStep(admin);
  return { admin, checking };
}

async function entries(admin, name) {
  const { entries: all } = await admin.books.basic('GET', '/api/journal?limit=500');
  return all.filter((entry) => entry.description === name || entry.latest_description === name).reverse();
}

const post = (admin, path, body) => admin.books.basic('POST', `/api/${path}`, body);

/** A row that shows that the feed goes on: when it is booked, what came before it has been looked at. */
async function marker(admin, checking, id) {
  await admin.bank.transactions(checking, [{ op: 'add', id, amount: '1.00', name: `Marker ${id}`, day: 0 }]);
  await until(`marker ${id} to be booked`, async () => (await entries(admin, `Marker ${id}`)).length === 1);
}

journey('what a person removed from the books does not come back', async (step, folder) => {
  const { admin, checking } = await world(folder, [{ op: 'add', id: 'wrong', amount: '111.11', name: 'Not ours', day: -3 }]);
  const [entry] = await entries(admin, 'Not ours');

  await step('it is removed, and its history stays', async () => {
    await post(admin, 'transactions/remove', { root_key: entry.root_key });
    await admin.checkTrialBalance();
    const removed = (await entries(admin, 'Not ours'))[0];
    assert.equal(removed.state, 'removed');
  });

  await step('the bank changes it, before and after ledgerd is killed, and takes it back: nothing of it is booked', async () => {
    const kinds = async () => {
      const { entries: all } = await admin.books.basic('GET', '/api/journal?limit=500');
      return all.filter((one) => one.root_key === entry.root_key).map((one) => one.kind).reverse();
    };
    const before = await kinds();
    assert.deepEqual(before, ['post', 'remove']);
    await admin.bank.transactions(checking, [{ op: 'modify', id: 'wrong', amount: '222.22' }]);
    await marker(admin, checking, 'one');
    assert.deepEqual(await kinds(), before);
    await restart(admin, 'SIGKILL');
    await admin.bank.transactions(checking, [{ op: 'modify', id: 'wrong', amount: '333.33' }]);
    await marker(admin, checking, 'two');
    assert.deepEqual(await kinds(), before);
    await admin.bank.transactions(checking, [{ op: 'remove', id: 'wrong' }]);
    await marker(admin, checking, 'three');
    assert.deepEqual(await kinds(), before);
    assert.deepEqual(await admin.notices('feed_held'), []);
  });
});

journey('a late row of a closed period waits with its reason, and is booked once when the period is open', async (step, folder) => {
  const { admin, checking } = await world(folder, [{ op: 'add', id: 'first', amount: '10.00', name: 'In time', day: -30 }]);
  const account = (await admin.connection()).accounts.find((one) => one.name === 'Checking');
  const held = async () => (await admin.books.console('GET', `held?bank_account=${account.id}`)).transactions;

  await step('the period is closed and a row comes late: it waits, and the feed goes on', async () => {
    await post(admin, 'period', { through: day(-10) });
    await admin.bank.transactions(checking, [{ op: 'add', id: 'late', amount: '77.77', name: 'Too late', day: -12 }]);
    await marker(admin, checking, 'one');
    const [row] = await held();
    assert.equal(row.reason, 'period_closed');
    assert.equal(row.name, 'Too late');
    assert.equal(row.in_books, false);
    assert.deepEqual(await entries(admin, 'Too late'), []);
    const [notice] = await admin.notices('rows_refused');
    assert.equal(notice.params.count, 1);
    assert.deepEqual(await admin.notices('feed_held'), []);
  });

  await step('ledgerd is killed as the period is opened: the row is booked all the same, and once', async () => {
    await post(admin, 'period', { through: '' });
    await restart(admin, 'SIGKILL');
    await until('the late row to be booked', async () => (await entries(admin, 'Too late')).length === 1);
    await until('the notice to clear itself', async () => (await admin.notices('rows_refused')).length === 0);
    assert.deepEqual(await held(), []);
    await marker(admin, checking, 'two');
    assert.equal((await entries(admin, 'Too late')).length, 1);
    await inStep(admin);
  });
});

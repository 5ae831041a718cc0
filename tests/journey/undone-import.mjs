// An import is taken back in the console, and the ledger, the bank and both backups agree about it.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey, restart } from './scene.mjs';

const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

journey('an import is undone, stays out of the books, and is booked again by a person alone', async (step, folder) => {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();
  const checking = (await admin.bank.account('Checking')).account_id;
  admin.connectionId = (await admin.link('connect', ['Checking'])).connection_id;
  await feedNew(admin, ['Checking']);
  await inStep(admin);
  const [{ id: account, link }] = (await admin.connection()).accounts;
  const ledgerAccount = link.ledger_account_id;
  const balance = async () => Number((await admin.ledgerAccount(ledgerAccount)).balance);
  const atTheBank = async () => Number((await admin.bank.account('Checking')).current);
  const apart = async (amount) => until(`the books to lack ${amount}`, async () =>
    Math.round((await atTheBank() - await balance()) * 100) === Math.round(amount * 100));
  const newest = async () => (await admin.books.console('GET', 'imports')).imports[0];
  const first = await newest();
  let imported;

  await step('the bank brings three transactions, and they are one import of a sync', async () => {
    await admin.bank.transactions(checking, [
      { op: 'add', id: 'one', amount: '11.11', name: 'First of three', day: -1 },
      { op: 'add', id: 'two', amount: '22.22', name: 'Second of three', day: -1 },
      { op: 'add', id: 'three', amount: '33.33', name: 'Third of three', day: -1 },
    ]);
    imported = await until('the import', async () => {
      const one = await newest();
      return one.id !== first.id && one.rows_booked === 3 ? one : null;
    });
    await inStep(admin);
    // The history came before the link, or behind it.
    assert.ok(['link', 'sync'].includes(first.cause));
    assert.equal(imported.cause, 'sync');
    const shown = await admin.books.console('GET', `imports/${imported.id}`);
    assert.deepEqual([shown.can_undo, shown.protected], [3, []]);
  });

  await step('undone, the books lack exactly these, and the opening balance does not make up for them', async () => {
    const before = await balance();
    const asked = await admin.books.console('POST', `imports/${imported.id}/undo`, {});
    assert.equal(asked.state, 'undoing');
    await admin.books.console('POST', `imports/${imported.id}/undo`, {});
    await until('the books to be without them', async () => Math.round(Math.abs(before - await balance()) * 100) === 6666);
    await admin.checkTrialBalance();
    // The books lack them a moment before the undo is noted as done.
    const shown = await until('the undo to be done', async () => {
      const one = await admin.books.console('GET', `imports/${imported.id}`);
      return one.state === 'undoing' ? null : one;
    });
    assert.deepEqual([shown.undone, shown.booked, shown.state], [3, 0, 'booked']);
    const held = await admin.books.console('GET', `held?bank_account=${account}`);
    assert.deepEqual(held.transactions.map((one) => one.reason), ['undone', 'undone', 'undone']);
  });

  await step('neither a sync, nor a restart, nor another change of the bank brings them back', async () => {
    const missing = await atTheBank() - await balance();
    await restart(admin, 'SIGKILL');
    await admin.books.console('POST', `connections/${admin.connectionId}/sync`, {});
    await admin.bank.transactions(checking, [{ op: 'add', id: 'four', amount: '44.44', name: 'Behind them', day: 0 }]);
    await until('the fourth to be booked', async () => (await newest()).id !== imported.id);
    await apart(missing);
    await admin.checkTrialBalance();
  });

  await step('a person books one of them, and then the rest, and books and bank are in step', async () => {
    const held = await admin.books.console('GET', `held?bank_account=${account}`);
    await admin.books.console('POST', 'held/decide', { bank_account: account, transactions: [held.transactions[0].id], choice: 'book' });
    await until('one of three', async () => (await admin.books.console('GET', `imports/${imported.id}`)).undone === 2);
    await admin.books.console('POST', `imports/${imported.id}/redo`, {});
    await inStep(admin);
    const actions = (await admin.books.console('GET', 'activity')).entries.map((one) => one.action);
    assert.ok(actions.includes('import.undone') && actions.includes('import.redone'), actions.join());
  });

  await step('the balance is proven against the books', async () => {
    await admin.books.console('POST', `connections/${admin.connectionId}/sync`, {});
    const proof = await until('the proof', async () => {
      const [{ proof: one }] = (await admin.connection()).accounts;
      return one !== null && one.state === 'proven' ? one : null;
    }, 150_000, 1_000);
    assert.equal(proof.unexplained, '0');
    assert.equal(Number(proof.bank), await atTheBank());
    assert.ok(day(0) <= proof.looked_at);
  });
});

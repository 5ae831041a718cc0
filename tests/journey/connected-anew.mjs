// A login is connected anew, and an account is shared again: all of the bank's numbers are new, and the books are the same.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey, restart } from './scene.mjs';

const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const rows = [
  { op: 'add', id: 'kept', amount: '111.11', name: 'Changed later', day: -3 },
  { op: 'add', id: 'taken', amount: '222.22', name: 'Taken back later', day: -3 },
  { op: 'add', id: 'moved', amount: '333.33', name: 'Moved by a day meanwhile', day: -5 },
];

/** Connects the login once more; gives the review's row of the account, with its whole history. */
async function connectAnew(admin, name) {
  await admin.books.console('POST', `connections/${admin.connectionId}/disconnect`, {});
  await until('the connection to be ended', async () => (await admin.connection()).state === 'removed');
  admin.connectionId = (await admin.link('connect', [name])).connection_id;
  return rowOf(admin, name);
}

async function rowOf(admin, name) {
  const posted = (await admin.bank.account(name)).rows.filter((row) => !row.pending).length;
  return until(`the history of ${name} and its proposal`, async () => {
    const row = (await admin.review()).accounts.find((one) => one.account.name === name && one.is_new);
    return row !== undefined && row.account.held >= posted && row.feed_before !== null ? row : null;
  });
}

async function apply(admin, row) {
  await admin.books.console('POST', `connections/${admin.connectionId}/review`, {
    decisions: [{ bank_account_id: row.account.id, choice: 'existing', ledger_account_id: row.proposal.ledger_account_id, start_date: row.start_date_default }],
  });
  await delivered(admin, row);
}

/** By the account's id: an old account of the same name may stand beside it. */
function delivered(admin, row) {
  return until('its history to be in the books', async () => {
    const progress = await admin.books.console('GET', `connections/${admin.connectionId}/progress`);
    const own = progress.accounts.find((one) => one.bank_account_id === row.account.id);
    return own?.phase === 'done' && progress.phase === 'done';
  });
}

/** The lines of the export that speak of the entry. */
async function entries(admin, name) {
  return (await admin.exported()).split('\n\n').filter((entry) => entry.split('\n')[0].endsWith(name));
}

journey('a login that is connected anew goes on where it was, and the books follow the bank', async (step, folder) => {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();
  const checking = (await admin.bank.account('Checking')).account_id;
  await admin.bank.transactions(checking, rows);
  admin.connectionId = (await admin.link('connect', ['Checking'])).connection_id;
  await feedNew(admin, ['Checking']);
  await inStep(admin);
  const before = await admin.exported();
  const ledgerAccount = (await admin.connection()).accounts[0].link.ledger_account_id;
  let anew;

  await step('what is booked stays booked once, and what the bank moved meanwhile is held for a person', async () => {
    await admin.bank.enableWebhooks(false); // Nobody tells the old connection of it.
    await admin.bank.transactions(checking, [{ op: 'modify', id: 'moved', date: day(-4) }]);
    anew = await connectAnew(admin, 'Checking');
    await admin.bank.enableWebhooks(true);
    assert.equal(anew.relation.kind, 're_issued');
    assert.equal(anew.proposal.ledger_account_id, ledgerAccount);
    await apply(admin, anew);
    assert.equal(await admin.exported(), before, 'not a byte of the books is another');
    const [account] = (await admin.connection()).accounts;
    assert.equal(account.held, 1);
    const [notice] = await admin.notices('overlap_held');
    assert.equal(notice.params.count, 1);
  });

  await step('a person leaves it out, and is not asked again', async () => {
    const { transactions } = await admin.books.console('GET', `held?bank_account=${anew.account.id}`);
    const [held] = transactions;
    assert.equal(held.reason, 'overlap');
    const decision = { bank_account: anew.account.id, transactions: [held.id], choice: 'leave_out' };
    assert.deepEqual(await admin.books.console('POST', 'held/decide', decision), { decided: 1 });
    assert.deepEqual(await admin.notices('overlap_held'), []);
    await inStep(admin);
    assert.equal(await admin.exported(), before);
  });

  await step('the bank changes one of the old rows and takes another back: the entries of then follow', async () => {
    await admin.bank.transactions(checking, [{ op: 'modify', id: 'kept', amount: '11.11' }, { op: 'remove', id: 'taken' }]);
    await inStep(admin);
    const kinds = async (name) => (await entries(admin, name)).map((entry) => /kind: (\w+)/.exec(entry)[1]);
    assert.deepEqual(await kinds('Changed later'), ['post', 'amend']);
    assert.deepEqual(await kinds('Taken back later'), ['post', 'void']);
  });

  await step('and a third time, with ledgerd killed as the history is released', async () => {
    const then = await admin.exported();
    const row = await connectAnew(admin, 'Checking');
    await admin.books.console('POST', `connections/${admin.connectionId}/review`, {
      decisions: [{ bank_account_id: row.account.id, choice: 'existing', ledger_account_id: ledgerAccount, start_date: row.start_date_default }],
    });
    await restart(admin, 'SIGKILL');
    await delivered(admin, row);
    await inStep(admin);
    assert.equal(await admin.exported(), then);
    await admin.bank.transactions(checking, [{ op: 'modify', id: 'kept', amount: '12.00' }]);
    await inStep(admin);
  });
});

journey('an account that is shared again under a new number goes on with its entries', async (step, folder) => {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();
  const savings = (await admin.bank.account('Savings')).account_id;
  await admin.bank.transactions(savings, [{ op: 'add', id: 'kept', amount: '111.11', name: 'Changed later', day: -3 }]);
  admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  await feedNew(admin, ['Checking', 'Savings']);
  await inStep(admin);

  await step('unticked, ticked again and linked again, it changes nothing in the books', async () => {
    await admin.link('add_accounts', ['Checking'], admin.connectionId);
    // Two looks with a minute between them, so that a slip of the bank ends nothing.
    await until('Savings not to be shared', async () =>
      (await admin.connection()).accounts.some((one) => one.name === 'Savings' && one.state === 'not_shared'), 120_000, 500);
    const before = await admin.exported();
    await admin.link('add_accounts', ['Checking', 'Savings'], admin.connectionId);
    await apply(admin, await rowOf(admin, 'Savings'));
    await admin.quiet();
    assert.equal(await admin.exported(), before);
  });

  await step('and what the bank then says of the old rows reaches them', async () => {
    await admin.bank.transactions(savings, [{ op: 'modify', id: 'kept', amount: '11.11' }]);
    await until('the amended entry', async () => (await entries(admin, 'Changed later')).length === 2);
    const truth = await admin.bank.account('Savings');
    const link = (await admin.connection()).accounts.find((one) => one.name === 'Savings' && one.state === 'shared').link;
    assert.equal((await admin.ledgerAccount(link.ledger_account_id)).balance, truth.current);
  });
});

// A bank account is to feed a ledger account in which people write by hand.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { administrator, journey } from './scene.mjs';

journey('entries written by hand while somebody decides are not booked a second time', async (step, folder) => {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();
  const book = await admin.addAccount('Savings book');
  const brought = await admin.addAccount('Brought forward', 'equity');
  admin.connectionId = (await admin.link('connect', ['Savings'])).connection_id;
  const truth = await admin.bank.account('Savings');
  const decide = async () => {
    const [row] = (await admin.review()).accounts;
    await admin.books.console('POST', `connections/${admin.connectionId}/review`, {
      decisions: [{ bank_account_id: row.account.id, choice: 'existing', ledger_account_id: book, start_date: null, opening_balance: true }],
    });
  };
  const today = new Date().toISOString().slice(0, 10);

  await step('the whole balance is written by hand, and Apply pressed at once: nothing is linked, and it is said', async () => {
    await until('the ledger account and the history', async () => {
      const review = await admin.review();
      return review.ledger_accounts.some((one) => one.id === book) && review.accounts[0]?.account.held > 0;
    });
    await admin.books.basic('POST', '/api/entries', {
      date: today, description: 'All of it', postings: [{ account: book, amount: truth.current }, { account: brought, amount: `-${truth.current}` }],
    });
    await decide();
    const [notice] = await until('the notice', async () => {
      const found = await admin.notices('books_changed');
      return found.length > 0 ? found : null;
    });
    assert.equal(notice.params.bank_account, 'Savings');
    const [row] = (await admin.review()).accounts;
    assert.equal(row.failure.code, 'books_changed');
    assert.equal(row.account.link, null);
  });

  await step('decided again, it starts behind that entry, and the books equal the bank', async () => {
    await decide();
    await admin.waitUntilDelivered(['Savings']);
    assert.deepEqual(await admin.notices('books_changed'), []);
    assert.equal((await admin.ledgerAccount(book)).balance, truth.current);
    const [account] = (await admin.connection()).accounts;
    assert.ok(account.link.start_date > today, 'from the day behind the last entry');
    assert.equal(account.booked, 0);
  });
});

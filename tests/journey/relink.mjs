// A login at a bank in the UK is connected anew: the new one takes over what the old one fed, and only then the old one ends.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey, restart } from './scene.mjs';
import { ukWorld } from './uk.mjs';

const removals = async (admin) => (await admin.bank.requests()).filter((one) => one.endpoint === '/item/remove').length;

async function connectionOf(admin, id) {
  return admin.books.console('GET', `connections/${id}`);
}

/** Takes over what the review proposes, and nothing else. */
async function applyProposals(admin, names) {
  const rows = await until('the proposals', async () => {
    const review = await admin.review();
    const found = review.accounts.filter((row) => names.includes(row.account.name) && row.is_new);
    const known = found.length === names.length && found.every((row) => row.proposal?.choice === 'existing' && row.feed_before !== null);
    return known ? found : null;
  });
  await admin.books.console('POST', `connections/${admin.connectionId}/review`, {
    decisions: rows.map((row) => ({
      bank_account_id: row.account.id, choice: 'existing', ledger_account_id: row.proposal.ledger_account_id, start_date: row.start_date_default,
    })),
  });
}

journey('a login in the UK is connected anew, and the old one ends when the new one is proven', async (step, folder) => {
  const admin = administrator(folder, await ukWorld(folder));
  await admin.world.start();
  await admin.enter();
  const old = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  admin.connectionId = old;
  await feedNew(admin, ['Checking', 'Savings']);
  await inStep(admin);
  const before = await admin.exported();

  await step('accounts are chosen there by connecting anew', async () => {
    assert.equal((await admin.connection()).choose_by, 'relink');
  });

  await step('a relink that is given up changes nothing', async () => {
    const id = await admin.beginLink('relink', old);
    await admin.bank.completeLink(await admin.linkToken(id), { exit: true });
    await until('the session to be left', async () => (await admin.linkSession(id)).state === 'exited');
    assert.equal((await admin.connection()).state, 'healthy');
    assert.equal((await admin.overview()).connections.length, 1);
    assert.equal(await removals(admin), 0);
  });

  await step('the new login stands beside the old one, which goes on', async () => {
    const session = await admin.link('relink', ['Checking', 'Savings'], old);
    admin.connectionId = session.connection_id;
    assert.notEqual(admin.connectionId, old);
    assert.equal((await admin.connection()).replaces.connection_id, old);
    assert.equal((await connectionOf(admin, old)).replaced_by.connection_id, admin.connectionId);
    assert.equal(await removals(admin), 0);
    assert.equal(await admin.exported(), before);
  });

  await step('with one account moved the old login stays for the other, and a killed process forgets none of it', async () => {
    await applyProposals(admin, ['Checking']);
    await restart(admin, 'SIGKILL');
    await until('Checking to have moved', async () =>
      (await admin.connection()).accounts.some((one) => one.name === 'Checking' && one.link?.state === 'active'));
    const { replaced_by: by } = await connectionOf(admin, old);
    assert.equal(by.accounts_left, 1);
    assert.equal(await removals(admin), 0);
  });

  await step('when all have moved it is removed at Plaid, although Plaid fails at first, and no byte of the books has changed', async () => {
    await admin.bank.fault('http_500', { endpoint: '/item/remove', count: 2 });
    await applyProposals(admin, ['Savings']);
    await until('the old login to be ended', async () => (await connectionOf(admin, old)).state === 'removed', 60_000);
    assert.equal((await connectionOf(admin, old)).reason, 'replaced');
    assert.equal((await admin.connection()).replaces, null);
    await admin.quiet();
    await inStep(admin);
    assert.equal(await admin.exported(), before);
  });

  await step('what the bank says of the old rows reaches their entries through the new login', async () => {
    const checking = (await admin.bank.account('Checking')).account_id;
    await admin.bank.transactions(checking, [{ op: 'add', id: 'fresh', amount: '12.34', name: 'After the relink', day: 0 }]);
    await inStep(admin);
    assert.equal((await admin.exported()).split('After the relink').length, 2);
  });
});

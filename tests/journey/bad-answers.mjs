// Plaid is down, slow, or answers with rubbish: it is asked again, nothing changes meanwhile, and nothing is lost.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey, saysClearly } from './scene.mjs';

journey('answers of Plaid that fail in every way are asked for again, and the books equal the bank', async (step, folder) => {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();

  await step('the answer to the exchange is lost: what can be done is said, and connecting again works', async () => {
    await admin.bank.fault('lost', { endpoint: '/item/public_token/exchange' });
    const lost = await admin.beginLink('connect');
    await admin.bank.completeLink(await admin.linkToken(lost), { selected: ['Checking', 'Savings'] });
    const ended = await until('the link session to end', async () => {
      const now = await admin.linkSession(lost);
      return ['failed', 'done'].includes(now.state) ? now : null;
    });
    assert.equal(ended.state, 'failed');
    assert.equal(ended.error.code, 'link.exchange_lost');
    saysClearly(ended.error.text, /lost/, /connect once more/);
    assert.deepEqual((await admin.overview()).connections, [], 'no half of a connection');
    admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
    await feedNew(admin, ['Checking', 'Savings']);
    await inStep(admin);
    assert.equal((await admin.overview()).connections.length, 1);
  });

  await step('the exchange itself fails, before it has an effect: it is repeated', async () => {
    await admin.bank.call('POST', '/_sim/logins', { institution_id: 'ins_109508', username: 'second', password: 'pass_good', login_id: 'second' });
    await admin.bank.openAccount({ login_id: 'second', name: 'Second', type: 'depository', subtype: 'checking', mask: '4444', currency: 'USD', opening_balance: '10.00' });
    await admin.bank.fault('http_500', { endpoint: '/item/public_token/exchange' });
    const id = await admin.beginLink('connect');
    await admin.bank.completeLink(await admin.linkToken(id), { username: 'second' });
    const done = await admin.linkDone(id);
    await admin.books.console('POST', `connections/${done.connection_id}/disconnect`, {});
    await until('the second connection to be ended', async () =>
      (await admin.overview()).connections.every((one) => one.id !== done.connection_id || one.state === 'removed'));
  });

  const checking = await admin.bank.account('Checking');
  let told = (await admin.books.console('GET', 'activity')).entries[0].seq;
  const faults = [
    ['http_500', {}], ['html_502', {}], ['empty_504', {}], ['maintenance_503', { endpoint: '/accounts/get' }], ['hang', { seconds: 1 }],
    ['refuse', {}], ['reset', {}], ['truncated', {}], ['wrong_length', {}],
    ['missing_field', { field: 'next_cursor' }], ['wrong_type', { field: 'added' }], ['same_cursor', {}],
    ['gzip', {}], ['chunked', {}], ['bom', {}], ['extra_fields', {}], ['unknown_enum', {}],
  ];
  for (const [index, [kind, more]] of faults.entries()) {
    await step(`${kind}, then good answers`, async () => {
      await admin.bank.fault(kind, { endpoint: '/transactions/sync', ...more });
      await admin.bank.transactions(checking.account_id, [{ op: 'add', amount: `${index + 1}.${10 + index}`, name: `Bought during ${kind}` }]);
      if (more.endpoint) await admin.books.console('POST', `connections/${admin.connectionId}/sync`, {});
      await inStep(admin);
      await until('the fault to have struck', async () => (await admin.bank.faultsWaiting()).length === 0);
      const connection = await admin.connection();
      assert.equal(connection.state, 'healthy');
      assert.deepEqual((await admin.overview()).notices.map((one) => one.kind), [], 'what passes by itself is no notice');
    });
  }

  await step('the data changes at page 3 of a long answer: the loop begins again, and no row comes twice', async () => {
    await admin.bank.call('POST', '/_sim/settings', { page_size_cap: 40 });
    for (const page of [2, 3]) await admin.bank.fault('mutation', { page });
    const rows = Array.from({ length: 150 }, (_, i) => ({ op: 'add', amount: `${1 + (i % 7)}.${10 + (i % 89)}`, name: `Row ${i}` }));
    await admin.bank.transactions(checking.account_id, rows);
    await inStep(admin);
    assert.deepEqual(await admin.bank.faultsWaiting(), []);
    const booked = (await admin.connection()).accounts.find((one) => one.name === 'Checking').booked;
    const posted = (await admin.bank.account('Checking')).rows.filter((row) => !row.pending).length;
    assert.equal(booked, posted, 'as many as the bank has');
  });

  await step('and through all of it nobody was told that the connection is broken', async () => {
    const { entries } = await admin.books.console('GET', 'activity');
    const news = entries.filter((one) => one.seq > told && one.subject === admin.connectionId);
    assert.deepEqual(news.map((one) => one.action), []);
    assert.equal((await admin.connection()).error, null);
  });
});

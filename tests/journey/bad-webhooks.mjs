// Webhooks that are malformed, too large, or about somebody else: each gets its answer and leaves everything as it was.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { administrator, feedNew, inStep, journey } from './scene.mjs';

const limit = 256 * 1024;

/** What people see of the connections, without the times. */
async function seen(admin) {
  const text = JSON.stringify({
    overview: await admin.overview(),
    activity: (await admin.books.console('GET', 'activity')).entries,
    books: await admin.fingerprint(),
  }, (key, value) => (/_at$|data_as_of/.test(key) ? null : value));
  return JSON.parse(text);
}

journey('webhooks that make no sense change nothing', async (step, folder) => {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();
  admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  await feedNew(admin, ['Checking', 'Savings']);
  await inStep(admin);
  await admin.bank.settle();
  await admin.quiet();
  const item = (await admin.bank.state()).items[0];
  const before = await seen(admin);

  const padded = (size) => {
    const json = JSON.stringify({ webhook_type: 'ITEM', webhook_code: 'SOMETHING_NEW', item_id: item.item_id, environment: 'sandbox', error: null, padding: '' });
    return json.replace('"padding":""', `"padding":"${'x'.repeat(size - json.length)}"`);
  };
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  const signed = [
    ['a body that is not JSON', '{"webhook_type": "ITEM", ', 200],
    ['an empty body', '', 200],
    ['JSON of another kind', '[1, 2, 3]', 200],
    ['JSON as deep as a well', deep, 200],
    ['a key twice', '{"webhook_type": "ITEM", "webhook_type": "TRANSACTIONS", "webhook_code": "SYNC_UPDATES_AVAILABLE"}', 200],
    ['bytes that are no text', '\ufffd\u0000\u0001', 200],
    ['a code of tomorrow', padded(400), 200],
    ['the largest body there may be', padded(limit), 200],
    ['one byte more', padded(limit + 1), 413],
  ];
  for (const [what, text, status] of signed) {
    await step(`${what}, properly signed: ${status}`, async () => {
      const answer = await admin.bank.forge(item.item_id, 'signed_text', { text });
      assert.equal(answer.status, status, answer.problem);
    });
  }

  const kinds = { huge: 413, unknown_item: 200, other_environment: 200, no_header: 401, garbage_token: 401, alg_none: 401, stale: 401, future: 401 };
  for (const [kind, status] of Object.entries(kinds)) {
    await step(`${kind.replaceAll('_', ' ')}: ${status}`, async () => {
      const answer = await admin.bank.forge(item.item_id, kind);
      assert.equal(answer.status, status, answer.problem);
    });
  }

  const url = `${admin.world.url}/plugins/plaid/webhook`;
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    await step(`${method} on the address of webhooks: 405`, async () => {
      const answer = await fetch(url, { method });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get('allow'), 'POST');
      assert.equal(await answer.text(), '', 'and nothing for the curious');
    });
  }
  await step('a body without a header says nothing either', async () => {
    const answer = await fetch(url, { method: 'POST', body: '{}' });
    assert.equal(answer.status, 401);
    assert.equal(await answer.text(), '');
  });

  await step('nothing has changed', async () => {
    await admin.bank.settle();
    await admin.quiet();
    assert.deepEqual(await seen(admin), before);
  });
  await step('and a good webhook is still heard', async () => {
    const asked = (await admin.bank.requests()).length;
    const checking = await admin.bank.account('Checking');
    await admin.bank.transactions(checking.account_id, [{ op: 'add', amount: '8.88', name: 'After the noise' }]);
    await inStep(admin);
    assert.ok((await admin.bank.requests()).length > asked);
    assert.equal((await admin.bank.forge(item.item_id, 'good')).status, 200);
    await until('the notice', async () => (await admin.notices('new_accounts')).length === 1);
  });
});

// What the plugin asks Plaid, through a whole life: connect, add accounts, sync, repair, disconnect. Every request and
// every webhook is held against Plaid's own declarations, and no field is let through that they do not know.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Administrator } from '../../../examples/demo/administrator.mjs';
import { until } from '../../../examples/demo/books.mjs';
import { stopAll } from '../../../examples/demo/processes.mjs';
import { World } from '../../../examples/demo/world.mjs';
import { loadSchemas, openApiPath } from '../plaid-simulator/schemas.mjs';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const build = process.env.BANKFEED_BUILD ?? join(top, 'build/dev');

let folder;
let lived;

/** The endpoints that the plugin's source names. */
async function endpointsInSource() {
  const found = new Set();
  const room = join(top, 'src/plaid');
  for (const file of (await readdir(room)).filter((name) => name.endsWith('.cpp'))) {
    const source = await readFile(join(room, file), 'utf8');
    for (const [, path] of source.matchAll(/"((?:\/[a-z_]+){2,})"/g)) found.add(path);
  }
  return [...found].sort();
}

async function live() {
  const admin = new Administrator(new World({ build, folder, settings: { poll_interval_seconds: '86400', days_requested: '90', country_codes: 'US,CA', refresh_on_sync_now: 'on', live_balances: 'on' } }));
  await admin.world.start();
  await admin.enter();
  const inState = (state) => until(`the connection to be ${state}`, async () => (await admin.connection()).state === state);

  admin.connectionId = (await admin.link('connect', ['Checking'])).connection_id;
  await admin.waitForAccounts(['Checking']);
  const item = (await admin.bank.state()).items[0];
  await admin.bank.openAccount({ login_id: item.login_id, name: 'Event Fund', type: 'depository', subtype: 'savings', mask: '2222', currency: 'USD', opening_balance: '250.00' });
  await until('the notice', async () => (await admin.notices('new_accounts')).length === 1);
  await admin.link('add_accounts', ['Checking', 'Savings', 'Event Fund'], admin.connectionId);
  await admin.waitForAccounts(['Checking', 'Savings', 'Event Fund']);

  await admin.bank.call('POST', '/_sim/settings', { page_size_cap: 3 });
  const checking = await admin.bank.account('Checking');
  await admin.bank.transactions(checking.account_id, Array.from({ length: 10 }, (_, i) => ({ op: 'add', amount: `${i + 1}.50`, name: `Row ${i}` })));
  await until('the pages to be read', async () =>
    (await admin.bank.requests()).filter((one) => one.path === '/transactions/sync' && one.request.cursor).length >= 5);

  await admin.bank.call('POST', '/_sim/items/state', { item_id: item.item_id, error_code: 'ITEM_LOGIN_REQUIRED' });
  await inState('needs_user');
  await admin.link('repair', undefined, admin.connectionId);
  await inState('healthy');
  const synced = [];
  for (let i = 0; i < 2; ++i) synced.push(await admin.books.console('POST', `connections/${admin.connectionId}/sync`, {}));
  await until('the bank to be asked', async () => (await admin.bank.requests()).some((one) => one.path === '/transactions/refresh'));
  const checked = [];
  for (let i = 0; i < 2; ++i) checked.push(await admin.books.console('POST', `connections/${admin.connectionId}/balances`, {}));
  await until('the balances to be read', async () => (await admin.connection()).live_balances.read_at !== null);
  const { bank, institution } = await admin.connection();
  await admin.bank.settle();
  await admin.quiet();

  await admin.books.console('POST', `connections/${admin.connectionId}/disconnect`, {});
  await inState('removed');
  return {
    synced,
    checked,
    bank,
    institution,
    requests: await admin.bank.requests(),
    webhooks: await admin.bank.webhooks(),
    endpoints: await endpointsInSource(),
    url: admin.world.url,
    removed: (await admin.bank.state()).items.map((one) => one.removed),
  };
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bankfeed-requests-'));
  try {
    lived = await live();
    lived.schemas = await loadSchemas(); // Last: it holds up everything for seconds.
  } finally {
    await stopAll();
  }
}, { timeout: 120_000 });

after(() => (lived ? rm(folder, { recursive: true, force: true }) : console.error(`the logs are in ${folder}`)));

const asked = (path) => lived.requests.filter((one) => one.path === path);

test('every request is one that Plaid declares, to the last field', (t) => {
  t.diagnostic(`${lived.requests.length} requests; ${openApiPath() ? 'declarations and OpenAPI document' : 'declarations'}`);
  assert.deepEqual(lived.schemas.logProblems(lived.requests), []);
});

test('every endpoint that the source names was asked, and no other', () => {
  const seen = [...new Set(lived.requests.map((one) => one.path))].sort();
  assert.ok(lived.endpoints.length >= 8, 'the source was read');
  // Asked when the operator gives ledgerd another address, which the contract tests of the client play.
  assert.deepEqual(seen, lived.endpoints.filter((path) => path !== '/item/webhook/update'));
});

test('every request is a POST of the version that we know, with the credentials in its headers alone', () => {
  for (const { index, method, path, plaid_version: version, credentials_in_headers: inHeaders, request } of lived.requests) {
    const which = `call ${index} ${path}`;
    assert.equal(method, 'POST', which);
    assert.equal(version, '2020-09-14', which);
    assert.equal(inHeaders, true, which);
    assert.ok(!('client_id' in request) && !('secret' in request), `${which}: no credentials in the body`);
  }
});

test('no request was refused but for the login that we broke', () => {
  const refused = lived.requests.filter((one) => one.status !== 200);
  for (const one of refused) assert.ok(['/item/get', '/accounts/get', '/transactions/sync'].includes(one.path) && one.status === 400, `call ${one.index} ${one.path}: ${one.status}`);
});

test('a new connection asks for transactions, for a webhook and for the way back; an update for neither product nor webhook', () => {
  const [connect, addAccounts, repair] = asked('/link/token/create').map((one) => one.request);
  assert.equal(asked('/link/token/create').length, 3);
  assert.deepEqual(connect.products, ['transactions']);
  assert.deepEqual(connect.country_codes, ['US', 'CA']);
  assert.deepEqual(connect.transactions, { days_requested: 90 });
  assert.equal(connect.webhook, `${lived.url}/plugins/plaid/webhook`);
  assert.ok(!('access_token' in connect) && !('update' in connect));
  assert.deepEqual(addAccounts.update, { account_selection_enabled: true });
  assert.ok(!('update' in repair));
  for (const update of [addAccounts, repair]) {
    assert.match(update.access_token, /^access-sandbox-/);
    for (const field of ['products', 'webhook', 'transactions']) assert.ok(!(field in update), `${field} in update mode`);
  }
  for (const each of [connect, addAccounts, repair]) {
    assert.match(each.hosted_link.completion_redirect_uri, new RegExp(`^${lived.url}/plugins/plaid/console/\\?link=lks_`));
    assert.ok(each.client_name.length >= 1 && each.client_name.length <= 30);
    assert.match(each.user.client_user_id, /^u-[0-9a-f]{32}$/, 'no name, no address: a person is a hash to Plaid');
  }
});

test('pages are asked for one after another, each with the cursor of the one before', () => {
  const pages = asked('/transactions/sync').map((one) => one.request);
  assert.ok(!('cursor' in pages[0]), 'the first has no cursor');
  for (const page of pages) {
    assert.equal(page.count, 500);
    assert.equal(page.options.include_original_description, true);
    assert.notEqual(page.cursor, '', 'an empty cursor is left out');
  }
});

test('a person who syncs now has Plaid look at the bank, once in a while', () => {
  assert.deepEqual(lived.synced.map((one) => one.bank_asked), [true, false]);
  assert.equal(lived.synced[0].bank_askable_at, lived.synced[1].bank_askable_at);
  assert.equal(asked('/transactions/refresh').length, 1);
});

test('a person who checks the balances has Plaid ask the bank, once in a while, and nothing else does', () => {
  assert.deepEqual(lived.checked.map((one) => one.asked), [true, false]);
  assert.equal(asked('/accounts/balance/get').length, 1);
});

test('Plaid is asked once about the bank itself, in the countries of the operator, without what nobody shows', () => {
  const calls = asked('/institutions/get_by_id').map((one) => one.request);
  assert.equal(calls.length, 1);
  assert.deepEqual(Object.keys(calls[0]).sort(), ['country_codes', 'institution_id']);
  assert.deepEqual(calls[0].country_codes, ['US', 'CA']);
  assert.ok(lived.bank.countries.includes('US'));
  assert.notEqual(lived.institution, '');
});

test('the connection was ended at Plaid', () => {
  assert.equal(asked('/item/remove').length, 1);
  assert.deepEqual(lived.removed, [true]);
});

test('every webhook that the plugin answered is one that Plaid declares', () => {
  const codes = new Set();
  for (const webhook of lived.webhooks) {
    const body = JSON.parse(webhook.body);
    assert.deepEqual(lived.schemas.webhookProblems(body), [], `webhook ${webhook.index} ${webhook.code}`);
    assert.equal(webhook.url, `${lived.url}/plugins/plaid/webhook`);
    assert.equal(webhook.status, 200, `webhook ${webhook.index} ${webhook.code}: ${webhook.problem}`);
    codes.add(`${webhook.type}/${webhook.code}`);
  }
  for (const code of ['ITEM/NEW_ACCOUNTS_AVAILABLE', 'ITEM/ERROR', 'TRANSACTIONS/SYNC_UPDATES_AVAILABLE', 'LINK/SESSION_FINISHED'])
    assert.ok(codes.has(code), `${code} was sent; there were ${[...codes].join(', ')}`);
});

test('the countries that the plugin takes are those of the client', async () => {
  const header = await readFile(join(top, 'src/plaid/PlaidSettings.h'), 'utf8');
  const list = /offeredCountries\{([^}]*)\}/.exec(header)[1];
  const declarations = await readFile(join(top, 'tests/contract/plaid-simulator/node_modules/plaid/dist/api.d.ts'), 'utf8');
  const declared = /export declare enum CountryCode \{([^}]*)\}/.exec(declarations)[1];
  const codes = (text) => [...text.matchAll(/"([A-Z]{2})"/g)].map(([, code]) => code).sort();
  assert.deepEqual(codes(list), codes(declared));
});

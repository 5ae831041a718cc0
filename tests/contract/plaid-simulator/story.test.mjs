// Plaid's official client lives through the whole story with the simulator: link, sync, a new
// account at the bank, update mode, trouble and repair, removal.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Configuration, PlaidApi } from 'plaid';

import { loadSchemas, openApiPath } from './schemas.mjs';
import { Receiver, Simulator, clientId, secret, verifyWebhook } from './simulator.mjs';

let schemas;
let simulator;
let receiver;
let plaid;
const story = {};

const user = { client_user_id: 'org-7f31' };
const common = { client_name: 'Ledger Host', language: 'en', country_codes: ['US'], user };

// The error body of a call that must fail.
async function refusal(call) {
    try {
        await call;
    } catch (error) {
        assert.ok(error.response, `no answer: ${error.message}`);
        assert.deepEqual(schemas.problems('PlaidError', error.response.data), []);
        assert.match(error.response.data.request_id, /^[A-Za-z0-9]{15}$/);
        return { status: error.response.status, ...error.response.data };
    }
    return assert.fail('the call succeeded');
}

// Pages until the loop is done. The caller keeps the cursor only then.
async function loop(cursor, count = 500) {
    const all = { added: [], modified: [], removed: [], accounts: [], pages: 0 };
    let more = true;
    while (more) {
        const { data } = await plaid.transactionsSync(
            { access_token: story.accessToken, cursor, count,
                options: { include_original_description: true } });
        all.added.push(...data.added);
        all.modified.push(...data.modified);
        all.removed.push(...data.removed);
        all.status = data.transactions_update_status;
        all.pages += 1;
        cursor = data.next_cursor;
        more = data.has_more;
    }
    return { ...all, cursor };
}

const bankAccount = async (name) =>
    (await simulator.get('/_sim/state')).accounts.find((account) => account.name === name);

before(async () => {
    schemas = await loadSchemas();
    receiver = await Receiver.start();
    simulator = await Simulator.start('--seed', '7');
    plaid = new PlaidApi(new Configuration({
        basePath: simulator.api,
        baseOptions: {
            headers: { 'PLAID-CLIENT-ID': clientId, 'PLAID-SECRET': secret,
                'Plaid-Version': '2020-09-14' },
        },
    }));
});

after(async () => {
    receiver?.stop();
    assert.equal(await simulator?.stop(), 0, 'SIGTERM ends the simulator cleanly');
});

test('a link token is made, and a hosted page for it', async () => {
    const { data } = await plaid.linkTokenCreate({
        ...common, products: ['transactions'], transactions: { days_requested: 365 },
        webhook: receiver.url,
        hosted_link: { completion_redirect_uri: 'https://ledger.example/done' },
    });
    assert.match(data.link_token, /^link-sandbox-[0-9a-f-]{36}$/);
    assert.ok(data.hosted_link_url.startsWith(`${simulator.api}/hl/`));
    story.linkToken = data.link_token;
    const page = await fetch(data.hosted_link_url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /First Platypus Bank/);
});

test('the session is completed, and its result is in /link/token/get', async () => {
    await simulator.post('/_sim/link/complete', { link_token: story.linkToken });
    const { data } = await plaid.linkTokenGet({ link_token: story.linkToken });
    const session = data.link_sessions.at(-1);
    assert.ok(session.finished_at);
    const [added] = session.results.item_add_results;
    assert.equal(added.institution.institution_id, 'ins_109508');
    assert.deepEqual(added.accounts.map((a) => a.mask), ['0000', '1111']);
    const finished = await receiver.next('SESSION_FINISHED');
    assert.equal(finished.body.status, 'SUCCESS');
    assert.deepEqual(finished.body.public_tokens, [added.public_token]);
    story.publicToken = added.public_token;
});

test('a public token is exchanged once', async () => {
    const { data } = await plaid.itemPublicTokenExchange({ public_token: story.publicToken });
    story.accessToken = data.access_token;
    story.itemId = data.item_id;
    assert.match(data.item_id, /^[A-Za-z0-9]{37}$/);
    const error = await refusal(plaid.itemPublicTokenExchange({ public_token: story.publicToken }));
    assert.equal(error.error_code, 'INVALID_PUBLIC_TOKEN');
});

test('the Item is healthy and its accounts differ in more than case to nobody', async () => {
    const { data } = await plaid.itemGet({ access_token: story.accessToken });
    assert.equal(data.item.error, null);
    assert.equal(data.item.webhook, receiver.url);
    const { data: { accounts } } = await plaid.accountsGet({ access_token: story.accessToken });
    story.accounts = accounts;
    const ids = accounts.map((account) => account.account_id);
    assert.equal(new Set(ids).size, 2);
    assert.equal(new Set(ids.map((id) => id.toLowerCase())).size, 1,
        'a twin that differs in case only must be among the ids');
});

test('history arrives by a loop that is armed by its first call', async () => {
    let state = await loop(undefined);
    for (let nth = 1; state.status !== 'HISTORICAL_UPDATE_COMPLETE'; nth += 1) {
        await receiver.next('SYNC_UPDATES_AVAILABLE', nth);
        state = await loop(undefined);
    }
    const truth = (await simulator.get('/_sim/state')).accounts;
    const rows = truth.flatMap((account) => account.rows);
    assert.equal(state.added.length, rows.length);
    for (const account of story.accounts) {
        const bank = truth.find((candidate) => candidate.name === account.name);
        const posted = state.added.filter((row) =>
            row.account_id === account.account_id && !row.pending);
        const cents = (amount) => Math.round(Number(amount) * 100);
        const sum = posted.reduce((total, row) => total - cents(row.amount), 0);
        assert.equal(cents(bank.opening_balance) + sum, cents(account.balances.current),
            `${account.name}: opening balance and rows must make the balance`);
    }
    story.cursor = state.cursor;
});

test('small pages bring the same rows, and the same cursor the same page', async () => {
    const whole = await loop(undefined);
    const paged = await loop(undefined, 7);
    assert.ok(paged.pages > 10);
    assert.deepEqual(paged.added, whole.added);
    const ask = { access_token: story.accessToken, count: 7 };
    const [first, again] = [await plaid.transactionsSync(ask), await plaid.transactionsSync(ask)];
    assert.deepEqual(first.data.added, again.data.added);
    assert.equal(first.data.next_cursor, again.data.next_cursor);
});

test('a change between two pages breaks the loop until it starts again', async () => {
    const first = await plaid.transactionsSync({ access_token: story.accessToken, count: 5 });
    const { account_id: id } = await bankAccount('Checking');
    await simulator.post('/_sim/transactions',
        { account_id: id, transactions: [{ amount: '12.345', name: 'Odd precision' }] });
    const error = await refusal(plaid.transactionsSync(
        { access_token: story.accessToken, count: 5, cursor: first.data.next_cursor }));
    assert.equal(error.error_code, 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION');
    assert.equal(error.error_type, 'TRANSACTIONS_ERROR');
    const next = await loop(story.cursor);
    assert.deepEqual(next.added.map((row) => row.amount), [12.345]);
    story.cursor = next.cursor;
});

test('a pending row posts under a new id that points back', async () => {
    const { account_id: id } = await bankAccount('Checking');
    const { ids: [pendingRow] } = await simulator.post('/_sim/transactions', { account_id: id,
        transactions: [{ amount: 30, name: 'Bistro', pending: true }] });
    const before = await loop(story.cursor);
    assert.equal(before.added[0].pending, true);
    await simulator.post('/_sim/transactions', { account_id: id,
        transactions: [{ op: 'post', id: pendingRow, amount: 36.5 }] });
    const after = await loop(before.cursor);
    assert.deepEqual(after.removed.map((row) => row.transaction_id),
        [before.added[0].transaction_id]);
    assert.equal(after.added[0].pending_transaction_id, before.added[0].transaction_id);
    assert.equal(after.added[0].amount, 36.5);
    story.cursor = after.cursor;
});

test('a new account at the bank is announced but not shown', async () => {
    await simulator.post('/_sim/accounts', { login_id: 'login-good', name: 'Tax reserve',
        subtype: 'savings', mask: '2222', opening_balance: '1000.00',
        generate: { days: 60, per_day: 1, seed: 5 } });
    const notice = await receiver.next('NEW_ACCOUNTS_AVAILABLE');
    assert.equal(notice.body.item_id, story.itemId);
    const { data } = await plaid.accountsGet({ access_token: story.accessToken });
    assert.deepEqual(data.accounts.map((a) => a.account_id),
        story.accounts.map((a) => a.account_id));
});

test('update mode shares it, and its rows come before the session ends', async () => {
    const { data } = await plaid.linkTokenCreate({ ...common, access_token: story.accessToken,
        update: { account_selection_enabled: true }, hosted_link: {}, webhook: receiver.url });
    const seen = receiver.got.length;
    await simulator.post('/_sim/link/complete', { link_token: data.link_token,
        selected: ['Checking', 'Savings', 'Tax reserve'], stop_after: 'selection' });
    const initial = await receiver.next('INITIAL_UPDATE', 2);
    assert.ok(initial.body.new_transactions > 0);
    assert.ok(!receiver.codes().slice(seen).includes('SESSION_FINISHED'));
    await simulator.post('/_sim/link/complete', { link_token: data.link_token, finish: true });
    const finished = await receiver.next('SESSION_FINISHED', 2);
    assert.equal(finished.body.link_token, data.link_token);
    assert.deepEqual(finished.body.public_tokens, []);
    const { data: { accounts, item } } =
        await plaid.accountsGet({ access_token: story.accessToken });
    assert.equal(item.item_id, story.itemId);
    assert.deepEqual(accounts.map((a) => a.name), ['Checking', 'Savings', 'Tax reserve']);
    assert.deepEqual(accounts.slice(0, 2).map((a) => a.account_id),
        story.accounts.map((a) => a.account_id), 'ids of accounts that stay shared do not change');
    await receiver.next('HISTORICAL_UPDATE', 2);
    const { added, cursor } = await loop(story.cursor);
    const fresh = added.filter((row) => row.account_id === accounts[2].account_id);
    assert.equal(fresh.length, (await bankAccount('Tax reserve')).rows.length);
    story.cursor = cursor;
    story.reserve = accounts[2].account_id;
});

test('an account that is unticked disappears, and comes back under a new id', async () => {
    const update = async (selected) => {
        const { data } = await plaid.linkTokenCreate({ ...common,
            access_token: story.accessToken, update: { account_selection_enabled: true } });
        await simulator.post('/_sim/link/complete', { link_token: data.link_token, selected });
    };
    await update(['Checking', 'Savings']);
    const ask = { access_token: story.accessToken, options: { account_ids: [story.reserve] } };
    assert.equal((await refusal(plaid.accountsGet(ask))).error_code, 'INVALID_ACCOUNT_ID');
    await update(['Checking', 'Savings', 'Tax reserve']);
    const { data } = await plaid.accountsGet({ access_token: story.accessToken });
    assert.equal(data.accounts.length, 3);
    assert.notEqual(data.accounts[2].account_id, story.reserve);
});

test('a refresh brings what the bank has not told of yet', async () => {
    const { account_id: id } = await bankAccount('Checking');
    const { cursor } = await loop(story.cursor);
    await simulator.post('/_sim/transactions', { account_id: id, deliver: false,
        transactions: [{ amount: '19.90', name: 'Told to nobody' }] });
    const { added } = await loop(cursor);
    assert.deepEqual(added, []);
    const had = receiver.codes().filter((code) => code === 'SYNC_UPDATES_AVAILABLE').length;
    const { data } = await plaid.transactionsRefresh({ access_token: story.accessToken });
    assert.match(data.request_id, /^[A-Za-z0-9]{15}$/);
    await receiver.next('SYNC_UPDATES_AVAILABLE', had + 1);
    const after = await loop(cursor);
    assert.deepEqual(after.added.map((row) => [row.name, row.amount]), [['Told to nobody', 19.9]]);
    story.cursor = after.cursor;
});

test('webhooks can be fired, and each kind has the declared form', async () => {
    for (const code of ['NEW_ACCOUNTS_AVAILABLE', 'DEFAULT_UPDATE', 'SYNC_UPDATES_AVAILABLE',
        'USER_PERMISSION_REVOKED', 'USER_ACCOUNT_REVOKED', 'PENDING_DISCONNECT',
        'LOGIN_REPAIRED', 'RECURRING_TRANSACTIONS_UPDATE']) {
        const had = receiver.codes().filter((got) => got === code).length;
        const { data } = await plaid.sandboxItemFireWebhook({
            access_token: story.accessToken, webhook_code: code, webhook_type: 'TRANSACTIONS' });
        assert.equal(data.webhook_fired, true);
        await receiver.next(code, had + 1);
    }
});

test('a reset login breaks the data calls but not /item/get, and update mode repairs', async () => {
    await plaid.sandboxItemResetLogin({ access_token: story.accessToken });
    const webhook = await receiver.next('ERROR');
    assert.equal(webhook.body.error.error_code, 'ITEM_LOGIN_REQUIRED');
    const { data } = await plaid.itemGet({ access_token: story.accessToken });
    assert.equal(data.item.error.error_code, 'ITEM_LOGIN_REQUIRED');
    const ask = { access_token: story.accessToken };
    for (const call of ['accountsGet', 'accountsBalanceGet', 'transactionsSync',
        'transactionsRefresh'])
        assert.equal((await refusal(plaid[call](ask))).error_code, 'ITEM_LOGIN_REQUIRED', call);
    const token = await plaid.linkTokenCreate({ ...common, access_token: story.accessToken,
        hosted_link: {} });
    await simulator.post('/_sim/link/complete', { link_token: token.data.link_token });
    const { data: { item } } = await plaid.itemGet({ access_token: story.accessToken });
    assert.equal(item.error, null);
    assert.equal(item.item_id, story.itemId, 'a repair makes no new Item');
    assert.equal((await plaid.accountsGet(ask)).data.accounts.length, 3);
    assert.equal((await loop(story.cursor)).status, 'HISTORICAL_UPDATE_COMPLETE');
});

test('the address of webhooks can be changed', async () => {
    const { data } = await plaid.itemWebhookUpdate(
        { access_token: story.accessToken, webhook: `${receiver.url}?v=2` });
    assert.equal(data.item.webhook, `${receiver.url}?v=2`);
    await receiver.next('WEBHOOK_UPDATE_ACKNOWLEDGED');
});

test('Items can be made without Link, with one-off bank data', async () => {
    const { data } = await plaid.sandboxPublicTokenCreate({ institution_id: 'ins_109508',
        initial_products: ['transactions'], options: { override_username: 'user_custom',
            override_password: JSON.stringify({ version: '2', override_accounts: [{
                type: 'depository', subtype: 'checking', starting_balance: 5000, currency: 'USD',
                meta: { name: 'Operating', official_name: 'Business Checking', mask: '4471' },
                transactions: [{ date_transacted: '2026-01-18', date_posted: '2026-01-20',
                    amount: 84.2, description: 'ACME PAPER 0042', currency: 'USD' }],
            }] }) } });
    const token = (await plaid.itemPublicTokenExchange({ public_token: data.public_token }))
        .data.access_token;
    const { data: { accounts } } = await plaid.accountsBalanceGet({ access_token: token });
    assert.equal(accounts[0].balances.current, 4915.8);
    await plaid.transactionsRefresh({ access_token: token });
    await plaid.itemRemove({ access_token: token });
});

test('institutions can be looked up', async () => {
    const { data } = await plaid.institutionsGetById({ institution_id: 'ins_109508',
        country_codes: ['US'], options: { include_optional_metadata: true } });
    assert.equal(data.institution.name, 'First Platypus Bank');
    const found = await plaid.institutionsSearch(
        { query: 'platypus', products: ['transactions'], country_codes: ['US'] });
    assert.equal(found.data.institutions.length, 1);
});

test('a removed Item is gone', async () => {
    await plaid.itemRemove({ access_token: story.accessToken });
    const error = await refusal(plaid.itemGet({ access_token: story.accessToken }));
    assert.equal(error.error_code, 'ITEM_NOT_FOUND');
});

test('mistakes are refused in Plaid\'s words', async () => {
    const call = (path, body, headers = {}) => fetch(`${simulator.api}${path}`, {
        method: 'POST', body,
        headers: { 'content-type': 'application/json', 'PLAID-CLIENT-ID': clientId,
            'PLAID-SECRET': secret, ...headers },
    });
    const cases = [
        ['/item/get', '{}', {}, 400, 'MISSING_FIELDS'],
        ['/item/get', '{"access_token":"x","bogus":1}', {}, 400, 'UNKNOWN_FIELDS'],
        ['/item/get', '{"access_token":7}', {}, 400, 'INVALID_FIELD'],
        ['/item/get', '{"access_token":', {}, 400, 'INVALID_BODY'],
        ['/item/get', '{"access_token":"a","access_token":"b"}', {}, 400, 'INVALID_BODY'],
        ['/item/get', '{"access_token":"x"}', {}, 400, 'INVALID_ACCESS_TOKEN'],
        ['/item/get', '{}', { 'content-type': 'text/plain' }, 400, 'INVALID_HEADERS'],
        ['/item/get', '{}', { 'PLAID-SECRET': 'wrong' }, 400, 'INVALID_API_KEYS'],
        ['/item/get', '{}', { 'Plaid-Version': '2019-05-29' }, 400, 'INCOMPATIBLE_API_VERSION'],
        ['/no/such/thing', '{}', {}, 404, 'NOT_FOUND'],
        ['/transactions/sync', '{"access_token":"x","count":501}', {}, 400, 'INVALID_FIELD'],
        ['/transactions/sync', '{"access_token":"x","options":null}', {}, 400, 'INVALID_FIELD'],
        ['/link/token/get', '{"link_token":"link-sandbox-x"}', {}, 400, 'INVALID_LINK_TOKEN'],
        ['/webhook_verification_key/get', '{"key_id":"x"}', {}, 400,
            'INVALID_WEBHOOK_VERIFICATION_KEY_ID'],
        ['/sandbox/public_token/create',
            '{"institution_id":"ins_0","initial_products":["transactions"]}', {}, 400,
            'INVALID_INSTITUTION'],
    ];
    for (const [path, body, headers, status, code] of cases) {
        const answer = await call(path, body, headers);
        const json = await answer.json();
        assert.equal(`${answer.status} ${json.error_code}`, `${status} ${code}`, `${path} ${body}`);
        assert.deepEqual(schemas.problems('PlaidError', json), []);
    }
});

test('every webhook is signed, hashed as sent, and of the declared form', async () => {
    const fetched = new Map();
    const findKey = async (kid) => {
        if (!fetched.has(kid)) fetched.set(kid,
            (await plaid.webhookVerificationKeyGet({ key_id: kid })).data.key);
        return fetched.get(kid);
    };
    assert.ok(receiver.got.length > 15);
    for (const webhook of receiver.got) {
        await verifyWebhook(webhook.jwt, webhook.raw, Date.now() / 1000, findKey);
        assert.deepEqual(schemas.webhookProblems(webhook.body), []);
        assert.equal(webhook.raw.toString(), JSON.stringify(webhook.body, null, 2),
            'two spaces, LF, no newline at the end');
    }
    assert.equal(fetched.size, 1);
});

test('every call of the story had the declared form on both sides', async (t) => {
    const { requests } = await simulator.get('/_sim/requests?responses=1&raw=1');
    const calls = requests.filter((entry) => typeof entry.request === 'object'
        && entry.credentials_in_headers && entry.plaid_version === '2020-09-14');
    assert.ok(calls.length > 40, `only ${calls.length} calls are in the log`);
    assert.deepEqual(schemas.logProblems(calls), []);
    const openApi = openApiPath() ? 'yes' : 'no';
    t.diagnostic(`${calls.length} calls checked; OpenAPI document: ${openApi}`);
});

test('these checks can fail: a field that nobody declared is found', async () => {
    await simulator.post('/_sim/settings', { extra_fields: true });
    const { requests } = await simulator.get('/_sim/requests');
    await plaid.institutionsGetById({ institution_id: 'ins_109508', country_codes: ['US'] });
    const { requests: [call] } = await simulator.get(
        `/_sim/requests?responses=1&since=${requests.at(-1).index + 1}`);
    await simulator.post('/_sim/settings', { extra_fields: false });
    assert.match(schemas.logProblems([call]).join(), /additional properties/);
    assert.match(schemas.requestProblems('/item/get', { access_token: 'x', more: 1 }).join(),
        /additional properties/);
    assert.match(schemas.webhookProblems({ webhook_type: 'ITEM',
        webhook_code: 'NEW_ACCOUNTS_AVAILABLE', item: 'x' }).join(), /additional properties/);
});

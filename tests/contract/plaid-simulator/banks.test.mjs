// Every bank of scenarios/many-banks.json: odd rows, other currencies, accounts without
// transactions. All answers must have the declared form.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { loadSchemas } from './schemas.mjs';
import { Simulator, clientId, secret } from './simulator.mjs';

const scenario = fileURLToPath(new URL(
    '../../../examples/plaid-simulator/scenarios/many-banks.json', import.meta.url));

let simulator;

const call = async (path, body) => (await fetch(`${simulator.api}${path}`, {
    method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'PLAID-CLIENT-ID': clientId,
        'PLAID-SECRET': secret, 'Plaid-Version': '2020-09-14' },
})).json();

async function loop(token, cursor = '') {
    const all = { added: [], modified: [], removed: [] };
    let page;
    do {
        page = await call('/transactions/sync', { access_token: token, cursor, count: 500 });
        for (const list of Object.keys(all)) all[list].push(...page[list]);
        cursor = page.next_cursor;
    } while (page.has_more);
    return { ...all, cursor };
}

before(async () => {
    simulator = await Simulator.start('--clock', 'stepped', '--scenario', scenario);
});

after(async () => {
    assert.equal(await simulator?.stop(), 0);
});

test('every login can be linked, listed and synced', async () => {
    const { logins, accounts } = await simulator.get('/_sim/state?rows=0');
    for (const login of logins) {
        const { public_token: token } = await call('/sandbox/public_token/create', {
            institution_id: login.institution_id, initial_products: ['transactions'],
            options: { override_username: login.username,
                transactions: { days_requested: 730 } } });
        const item = await call('/item/public_token/exchange', { public_token: token });
        await simulator.post('/_sim/clock/step', { seconds: 1 });
        const shown = (await call('/accounts/get', { access_token: item.access_token })).accounts;
        assert.equal(shown.length, login.account_ids.length);
        const stable = shown.filter((account) => 'persistent_account_id' in account).length;
        assert.equal(stable > 0, ['ins_56', 'ins_127287'].includes(login.institution_id));
        const { added, cursor } = await loop(item.access_token);
        const state = (await simulator.get('/_sim/state')).items
            .find((candidate) => candidate.item_id === item.item_id);
        const expected = state.shared.flatMap((account) => account.transactions);
        assert.deepEqual(new Set(added.map((row) => row.transaction_id)),
            new Set(expected.map((row) => row.transaction_id)));
        if (login.dynamic) await refreshTwice(item.access_token, cursor);
    }
    assert.equal(accounts.length, 13);
});

// The rule of user_transactions_dynamic: pending rows appear, then post under new ids.
async function refreshTwice(token, start) {
    await call('/transactions/refresh', { access_token: token });
    const first = await loop(token, start);
    assert.equal(first.added.filter((row) => row.pending).length, 3);
    assert.equal(first.modified.length, 1);
    await call('/transactions/refresh', { access_token: token });
    const second = await loop(token, first.cursor);
    assert.equal(second.removed.length, 3);
    const posted = second.added.filter((row) => row.pending_transaction_id);
    assert.deepEqual(posted.map((row) => row.pending_transaction_id).sort(),
        second.removed.map((row) => row.transaction_id).sort());
}

test('every call had the declared form on both sides', async () => {
    const { requests } = await simulator.get('/_sim/requests?responses=1&raw=1');
    assert.ok(requests.length >= 25);
    assert.deepEqual((await loadSchemas()).logProblems(requests), []);
});

// Every scenario that is shipped starts, and does what its description says.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { loadSchemas } from './schemas.mjs';
import { Receiver, Simulator, clientId, secret } from './simulator.mjs';

const folder = fileURLToPath(new URL(
    '../../../examples/plaid-simulator/scenarios/', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
const day = 86_400;

class Scene {
    static async open(file) {
        const scene = new Scene();
        scene.receiver = await Receiver.start();
        scene.simulator = await Simulator.start('--clock', 'stepped', '--scenario',
            `${folder}${file}`);
        return scene;
    }

    async call(path, body) {
        const answer = await fetch(`${this.simulator.api}${path}`, {
            method: 'POST', body: JSON.stringify(body),
            headers: { 'content-type': 'application/json', 'PLAID-CLIENT-ID': clientId,
                'PLAID-SECRET': secret, 'Plaid-Version': '2020-09-14' },
        });
        return answer.json();
    }

    // A public token whose exchange was lost on the way is used up: another one is made.
    async link(login) {
        let item = {};
        for (let attempt = 0; !item.item_id && attempt < 3; attempt += 1) {
            const made = await this.call('/sandbox/public_token/create', {
                institution_id: login.institution_id, initial_products: ['transactions'],
                options: { override_username: login.username, webhook: this.receiver.url } });
            item = await this.call('/item/public_token/exchange',
                { public_token: made.public_token }).catch(() => ({}));
        }
        await this.step(1);
        return { ...item, login };
    }

    step(seconds) {
        return this.simulator.post('/_sim/clock/step', { seconds });
    }

    // A loop that starts again after a mutation and goes on after an error of a moment.
    async loop(item, cursor = '') {
        for (let attempt = 0; attempt < 50; attempt += 1) {
            const rows = new Map();
            const removed = [];
            let page = { next_cursor: cursor, has_more: true };
            while (page.has_more) {
                page = await this.call('/transactions/sync', { access_token: item.access_token,
                    cursor: page.next_cursor, count: 500 });
                for (const row of [...page.added ?? [], ...page.modified ?? []])
                    rows.set(row.transaction_id, row);
                for (const row of page.removed ?? []) removed.push(row.transaction_id);
            }
            if (!page.error_code) return { rows, removed, cursor: page.next_cursor };
            if (page.error_code === 'ITEM_LOGIN_REQUIRED') return null;
        }
        return assert.fail('fifty attempts came to nothing');
    }

    async close() {
        this.receiver.stop();
        assert.equal(await this.simulator.stop(), 0);
    }
}

async function during(file, run) {
    const scene = await Scene.open(file);
    try {
        await run(scene);
    } finally {
        await scene.close();
    }
}

for (const file of files) {
    test(`${file} starts, links, lives for a while and keeps to the declared forms`, async () => {
        const { description } = JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));
        assert.ok(description.length > 20, 'a scenario says what it is for');
        await during(file, async (scene) => {
            const { logins } = await scene.simulator.get('/_sim/state?rows=0');
            const items = [];
            for (const login of logins) items.push(await scene.link(login));
            for (let passed = 0; passed < 12; passed += 4) {
                for (const item of items) {
                    assert.ok(item.item_id, `${item.login.username}: ${JSON.stringify(item)}`);
                    await scene.loop(item);
                }
                await scene.step(4 * day);
            }
            await scene.step(30 * day);
            const { script } = await scene.simulator.get('/_sim/script');
            for (const entry of script) assert.deepEqual([entry.done, entry.problem], [true, '']);
            const { bank_days: lives } = await scene.simulator.get('/_sim/bank-days');
            for (const life of lives) assert.equal(life.problem, '');
            const { requests } = await scene.simulator.get('/_sim/requests?responses=1&raw=1');
            const schemas = await loadSchemas();
            assert.deepEqual(schemas.logProblems(requests), []);
            for (const webhook of scene.receiver.got)
                assert.deepEqual(schemas.webhookProblems(webhook.body), []);
        });
    });
}

test('in europe.json update mode keeps the accounts, and a new Item has them all', async () => {
    await during('europe.json', async (scene) => {
        const { logins } = await scene.simulator.get('/_sim/state?rows=0');
        const london = logins.find((login) => login.login_id === 'london');
        const item = await scene.link(london);
        await scene.loop(item);
        await scene.step(2 * day);
        await scene.receiver.next('NEW_ACCOUNTS_AVAILABLE');
        const { link_token: token } = await scene.call('/link/token/create', {
            client_name: 'Ledger', language: 'en', country_codes: ['GB'],
            user: { client_user_id: 'u' }, access_token: item.access_token,
            update: { account_selection_enabled: true } });
        await scene.simulator.post('/_sim/link/complete', { link_token: token });
        const shown = async (of) =>
            (await scene.call('/accounts/get', { access_token: of.access_token })).accounts
                .map((account) => account.name);
        assert.deepEqual(await shown(item), ['Current account', 'Reserve']);
        const anew = await scene.link(london);
        assert.deepEqual(await shown(anew), ['Current account', 'Reserve', 'Tax']);
        await scene.step(174 * day);
        const warning = await scene.receiver.next('PENDING_EXPIRATION');
        assert.ok(!scene.receiver.codes().includes('PENDING_DISCONNECT'));
        const end = Date.parse(warning.body.consent_expiration_time) / 1000;
        const { unix_seconds: now } = await scene.simulator.get('/_sim/clock');
        assert.ok(end > now && end <= now + 7 * day);
        await scene.step(7 * day);
        const { item: { error } } = await scene.call('/item/get',
            { access_token: anew.access_token });
        assert.equal(error.error_code_reason, 'OAUTH_CONSENT_EXPIRED');
    });
});

test('in living-bank.json a client that follows has the bank\'s truth after ninety days',
    async () => {
        await during('living-bank.json', async (scene) => {
            const { logins } = await scene.simulator.get('/_sim/state?rows=0');
            const household = logins.find((login) => login.login_id === 'household');
            const item = await scene.link(household);
            const mine = new Map();
            let cursor = '';
            for (let passed = 0; passed <= 95; passed += 5) {
                const loop = await scene.loop(item, cursor);
                if (loop) {
                    for (const [id, row] of loop.rows) mine.set(id, row);
                    for (const id of loop.removed) mine.delete(id);
                    cursor = loop.cursor;
                }
                await scene.step(5 * day);
            }
            await scene.simulator.post('/_sim/items/state',
                { login_id: 'household', repair: true });
            const last = await scene.loop(item, cursor);
            for (const [id, row] of last.rows) mine.set(id, row);
            for (const id of last.removed) mine.delete(id);
            const { items } = await scene.simulator.get('/_sim/state');
            const truth = items.find((one) => one.item_id === item.item_id).shared
                .flatMap((account) => account.transactions.map((row) => row.transaction_id));
            assert.ok(truth.length > 300, `${truth.length} rows`);
            const known = truth.filter((id) => mine.has(id));
            assert.equal(known.length, truth.length);
            const { bank_days: lives } = await scene.simulator.get('/_sim/bank-days');
            assert.deepEqual(lives.map((life) => life.days_done), [365, 365, 90, 90]);
        });
    });

test('sandbox.json knows the special passwords and Plaid\'s limits', async () => {
    await during('sandbox.json', async (scene) => {
        const make = (password) => scene.call('/sandbox/public_token/create', {
            institution_id: 'ins_109508', initial_products: ['transactions'],
            options: { override_password: password } });
        assert.equal((await make('error_ITEM_LOCKED')).error_code, 'ITEM_LOCKED');
        assert.ok((await make('mfa_device')).public_token);
        const { logins } = await scene.simulator.get('/_sim/state?rows=0');
        const item = await scene.link(logins.find((login) => login.login_id === 'good'));
        const refresh = () =>
            scene.call('/transactions/refresh', { access_token: item.access_token });
        assert.equal((await refresh()).error_code, undefined);
        assert.equal((await refresh()).error_code, undefined);
        assert.equal((await refresh()).error_code, 'TRANSACTIONS_REFRESH_LIMIT');
        await scene.step(60);
        assert.equal((await refresh()).error_code, undefined);
    });
});

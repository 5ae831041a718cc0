// Ordered misfortune: what a client meets on the wire, and what a receiver of webhooks meets.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { Receiver, Simulator, clientId, secret, verifyWebhook } from './simulator.mjs';

let simulator;
let receiver;

const headers = { 'content-type': 'application/json', 'PLAID-CLIENT-ID': clientId,
    'PLAID-SECRET': secret, 'Plaid-Version': '2020-09-14' };

const raw = (path, body, options = {}) =>
    fetch(`${simulator.api}${path}`, { method: 'POST', headers, body: JSON.stringify(body),
        ...options });

const call = async (path, body) => (await raw(path, body)).json();

async function link() {
    const made = await call('/sandbox/public_token/create', { institution_id: 'ins_109508',
        initial_products: ['transactions'], options: { webhook: receiver.url } });
    const item = await call('/item/public_token/exchange', { public_token: made.public_token });
    await simulator.post('/_sim/clock/step', { seconds: 1 });
    return item;
}

const order = (fault) => simulator.post('/_sim/faults', fault);

before(async () => {
    receiver = await Receiver.start();
    simulator = await Simulator.start('--clock', 'stepped', '--seed', '11');
});

after(async () => {
    receiver?.stop();
    assert.equal(await simulator?.stop(), 0);
});

test('errors of every kind have their status and form', async () => {
    const { access_token: token } = await link();
    const cases = [
        [{ kind: 'rate_limit', retry_after: 30 }, 429, 'ITEM_GET_LIMIT'],
        [{ kind: 'rate_limit', code: 'CREDITS_EXHAUSTED' }, 429, 'CREDITS_EXHAUSTED'],
        [{ kind: 'http_500' }, 500, 'INTERNAL_SERVER_ERROR'],
        [{ kind: 'maintenance_503' }, 503, 'PLANNED_MAINTENANCE'],
        [{ kind: 'error', status: 400, body: { error_type: 'INSTITUTION_ERROR',
            error_code: 'INSTITUTION_DOWN', error_message: 'down' } }, 400, 'INSTITUTION_DOWN'],
    ];
    for (const [fault, status, code] of cases) {
        await order({ endpoint: '/item/get', ...fault });
        const answer = await raw('/item/get', { access_token: token });
        const body = await answer.json();
        assert.equal(`${answer.status} ${body.error_code}`, `${status} ${code}`);
        assert.equal(answer.headers.get('retry-after'), fault.retry_after ? '30' : null);
        assert.match(body.request_id, /^[A-Za-z0-9]{15}$/);
    }
    assert.equal((await raw('/item/get', { access_token: token })).status, 200);
});

test('a proxy in between answers what is not JSON', async () => {
    await order({ kind: 'html_502' });
    const page = await raw('/item/get', { access_token: 'x' });
    assert.equal(page.status, 502);
    assert.match(await page.text(), /<html>/);
    await order({ kind: 'empty_504' });
    const empty = await raw('/item/get', { access_token: 'x' });
    assert.equal(`${empty.status} ${await empty.text()}`, '504 ');
});

test('answers that break on the way are failed calls', async () => {
    const { access_token: token } = await link();
    for (const kind of ['refuse', 'reset', 'wrong_length', 'truncated']) {
        await order({ kind, endpoint: '/accounts/get' });
        await assert.rejects(call('/accounts/get', { access_token: token }), undefined, kind);
    }
    await order({ kind: 'hang', seconds: 30 });
    await assert.rejects(raw('/accounts/get', { access_token: token },
        { signal: AbortSignal.timeout(300) }), /abort|timeout/i);
    await order({ kind: 'slow_drip', seconds: 30 });
    await assert.rejects(raw('/accounts/get', { access_token: token },
        { signal: AbortSignal.timeout(300) }), /abort|timeout/i);
});

test('unusual but correct answers are correct', async () => {
    const { access_token: token } = await link();
    const plain = (await call('/accounts/get', { access_token: token })).accounts;
    for (const fault of [{ kind: 'gzip' }, { kind: 'chunked' }, { kind: 'late', seconds: 0.1 }]) {
        await order({ ...fault, endpoint: '/accounts/get' });
        const { accounts } = await call('/accounts/get', { access_token: token });
        assert.deepEqual(accounts, plain, fault.kind);
    }
    await order({ kind: 'bom', endpoint: '/accounts/get' });
    const answer = await raw('/accounts/get', { access_token: token });
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
});

test('an answer can be lost after its effect', async () => {
    const made = await call('/sandbox/public_token/create', { institution_id: 'ins_109508',
        initial_products: ['transactions'] });
    await order({ kind: 'lost', endpoint: '/item/public_token/exchange' });
    const exchange = () =>
        call('/item/public_token/exchange', { public_token: made.public_token });
    await assert.rejects(exchange());
    assert.equal((await exchange()).error_code, 'INVALID_PUBLIC_TOKEN');
});

test('content can be spoilt', async () => {
    const { access_token: token } = await link();
    const ask = { access_token: token };
    const sync = async (fault) => {
        await order({ endpoint: '/transactions/sync', ...fault });
        return call('/transactions/sync', { ...ask, count: 3 });
    };
    assert.ok(!('added' in await sync({ kind: 'missing_field', field: 'added' })));
    assert.equal(typeof (await sync({ kind: 'wrong_type', field: 'has_more' })).has_more, 'object');
    const unknown = await sync({ kind: 'unknown_enum' });
    assert.equal(unknown.transactions_update_status, 'A_STATUS_OF_TOMORROW');
    assert.ok('field_of_tomorrow' in await sync({ kind: 'extra_fields' }));
    const looped = await sync({ kind: 'same_cursor' });
    assert.equal(`${looped.has_more} "${looped.next_cursor}"`, 'true ""');
    assert.equal((await sync({ kind: 'endless_more' })).has_more, true);
    assert.equal((await sync({ kind: 'mutation', page: 1 })).error_code,
        'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION');
});

test('pages, Items and the clock decide where a fault strikes', async () => {
    const [one, other] = [await link(), await link()];
    const ask = (item, more) =>
        call('/transactions/sync', { access_token: item.access_token, count: 20, ...more });
    await order({ kind: 'error', code: 'INSTITUTION_DOWN', item_id: one.item_id, page: 2 });
    const first = await ask(one);
    assert.equal((await ask(other, { cursor: (await ask(other)).next_cursor })).error_code,
        undefined);
    const again = { cursor: first.next_cursor };
    assert.equal((await ask(one, again)).error_code, 'INSTITUTION_DOWN');
    await order({ kind: 'repeated_row', page: 2 });
    const second = await ask(one, again);
    assert.deepEqual(second.added.at(-1), first.added.at(-1));
    await order({ kind: 'late_change', page: 2 });
    for (let i = 0; i < 2; i += 1)
        assert.equal((await ask(one, again)).error_code,
            'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION');
    await order({ kind: 'item_removed', item_id: other.item_id });
    assert.equal((await ask(other)).error_code, 'ITEM_CONCURRENTLY_DELETED');
    assert.equal((await ask(other)).error_code, 'ITEM_NOT_FOUND');
    await assert.rejects(order({ kind: 'late', endpont: '/item/get' }), /no field "endpont"/);
});

test('webhooks are lost, doubled, late and overtaken', async () => {
    const { access_token: token, item_id: item } = await link();
    await simulator.post('/_sim/webhooks/settle');
    receiver.got = [];
    const fire = (code) => call('/sandbox/item/fire_webhook', { access_token: token,
        webhook_code: code });
    await order({ kind: 'webhook_lost', webhook_code: 'LOGIN_REPAIRED', item_id: item });
    await order({ kind: 'webhook_doubled', webhook_code: 'NEW_ACCOUNTS_AVAILABLE' });
    await order({ kind: 'webhook_held', webhook_code: 'USER_PERMISSION_REVOKED' });
    await order({ kind: 'webhook_late', webhook_code: 'PENDING_DISCONNECT', seconds: 7200 });
    for (const code of ['LOGIN_REPAIRED', 'USER_PERMISSION_REVOKED', 'PENDING_DISCONNECT',
        'NEW_ACCOUNTS_AVAILABLE'])
        await fire(code);
    await simulator.post('/_sim/clock/step', { seconds: 7199 });
    assert.deepEqual(receiver.codes(), ['NEW_ACCOUNTS_AVAILABLE', 'NEW_ACCOUNTS_AVAILABLE',
        'USER_PERMISSION_REVOKED']);
    await simulator.post('/_sim/clock/step', { seconds: 1 });
    assert.equal(receiver.codes().at(-1), 'PENDING_DISCONNECT');
    const { webhooks } = await simulator.get('/_sim/webhooks');
    assert.equal(webhooks.filter((one) => one.problem === 'lost').length, 1);
});

test('what is no scenario is refused', async () => {
    await assert.rejects(Simulator.start('--scenario', '/dev/null'));
});

test('a fault with a probability repeats from its seed', async () => {
    const run = async () => {
        const other = await Simulator.start('--seed', '3');
        await other.post('/_sim/faults', { kind: 'http_500', probability: 0.5 });
        const seen = [];
        for (let i = 0; i < 30; i += 1)
            seen.push((await fetch(`${other.api}/item/get`, { method: 'POST', headers,
                body: '{"access_token":"x"}' })).status);
        await other.stop();
        return seen;
    };
    const first = await run();
    assert.deepEqual(first, await run());
    assert.equal(new Set(first).size, 2);
});

test('a webhook that fails is tried again on the clock, signed anew', async () => {
    const { access_token: token } = await link();
    receiver.status = 500;
    receiver.got = [];
    await call('/sandbox/item/fire_webhook', { access_token: token,
        webhook_code: 'NEW_ACCOUNTS_AVAILABLE' });
    await receiver.next('NEW_ACCOUNTS_AVAILABLE');
    assert.equal((await simulator.post('/_sim/clock/step', { seconds: 29 })).settled, true);
    assert.equal(receiver.got.length, 1);
    await simulator.post('/_sim/clock/step', { seconds: 3600 });
    assert.equal(receiver.got.length, 5, '30 s, 2 min, 8 min and 32 min after each other');
    receiver.status = 200;
    await simulator.post('/_sim/clock/step', { seconds: 86400 });
    assert.equal(receiver.got.length, 6);
    assert.equal(new Set(receiver.got.map((webhook) => webhook.jwt)).size, 6);
    assert.equal(new Set(receiver.got.map((webhook) => webhook.raw.toString())).size, 1);
});

test('webhooks can be held back and sent again to the byte', async () => {
    const { access_token: token } = await link();
    const fire = () => call('/sandbox/item/fire_webhook', { access_token: token,
        webhook_code: 'LOGIN_REPAIRED' });
    receiver.got = [];
    await simulator.post('/_sim/webhooks/enabled', { enabled: false });
    await fire();
    await simulator.post('/_sim/webhooks/settle');
    assert.equal(receiver.got.length, 0);
    await simulator.post('/_sim/webhooks/enabled', { enabled: true });
    await fire();
    const first = await receiver.next('LOGIN_REPAIRED');
    await simulator.post('/_sim/webhooks/settle'); // It is noted once its answer has come back.
    const { webhooks } = await simulator.get('/_sim/webhooks');
    assert.equal(webhooks.at(-2).problem, 'suppressed');
    const { index } = webhooks.at(-1);
    await simulator.post('/_sim/clock/step', { seconds: 1 });
    assert.equal((await simulator.post('/_sim/webhooks/resend', { index })).status, 200);
    const fresh = await receiver.next('LOGIN_REPAIRED', 2);
    await simulator.post('/_sim/webhooks/resend', { index, replay_jwt: true });
    const replayed = await receiver.next('LOGIN_REPAIRED', 3);
    assert.deepEqual(fresh.raw, first.raw);
    assert.notEqual(fresh.jwt, first.jwt);
    assert.equal(replayed.jwt, first.jwt);
});

test('each forgery is found out, each for its own reason', async () => {
    const { item_id: item } = await link();
    const findKey = async (kid) => {
        const answer = await call('/webhook_verification_key/get', { key_id: kid });
        if (!answer.key) throw new Error(`no key: ${answer.error_code}`);
        return answer.key;
    };
    const { unix_seconds: now } = await simulator.get('/_sim/clock');
    const reasons = {
        bad_signature: /not of this key/, swapped_halves: /not of this key/,
        der_signature: /bytes/, wrong_body_hash: /not the one signed/,
        other_body: /not the one signed/,
        unknown_kid: /INVALID_WEBHOOK_VERIFICATION_KEY_ID/, alg_none: /alg is none/,
        alg_hs256: /alg is HS256/, stale: /iat/, future: /iat/, reindented: /not the one signed/,
    };
    const forge = async (kind) => {
        receiver.got = [];
        const answer = await simulator.post('/_sim/webhooks/forge', { item_id: item, kind });
        assert.equal(answer.status, 200, 'the receiver\'s own answer is reported');
        return receiver.got.at(-1);
    };
    for (const [kind, reason] of Object.entries(reasons)) {
        const { jwt, raw: body } = await forge(kind);
        await assert.rejects(verifyWebhook(jwt, body, now, findKey), reason, kind);
    }
    assert.equal((await forge('no_header')).jwt, undefined);
    const good = await forge('good');
    const before = await verifyWebhook(good.jwt, good.raw, now, findKey);
    const { kid } = await simulator.post('/_sim/keys/rotate');
    assert.equal((await findKey(before.kid)).expired_at, now);
    const next = await forge('good');
    assert.equal((await verifyWebhook(next.jwt, next.raw, now, findKey)).kid, kid);
});

test('only this machine may pull levers, and only for itself', async () => {
    const { port } = new URL(simulator.control);
    const status = (extra) => new Promise((done, failed) => {
        request({ host: '127.0.0.1', port, path: '/_sim/state', headers: extra }, (answer) => {
            answer.resume();
            done(answer.statusCode);
        }).on('error', failed).end();
    });
    assert.equal(await status({}), 200);
    assert.equal(await status({ host: 'evil.example' }), 403);
    assert.equal(await status({ origin: 'http://evil.example' }), 403);
});

test('a port in use ends with one sentence', async () => {
    const { port } = new URL(simulator.api);
    const { spawnSync } = await import('node:child_process');
    const ended = spawnSync(simulator.child.spawnfile, ['--port', port], { encoding: 'utf8' });
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, new RegExp(`^plaid-simulator: port ${port} .* in use.*\\n$`));
});

test('what is not HTTP does no harm', async () => {
    const { port } = new URL(simulator.api);
    await new Promise((done) => {
        const socket = connect(port, '127.0.0.1', () => socket.end('\x16\x03\x01garbage\r\n\r\n'));
        socket.on('error', done).on('close', done).resume();
    });
    const huge = await raw('/item/get', { access_token: 'x'.repeat(2_000_000) });
    assert.equal((await huge.json()).error_code, 'INVALID_BODY');
});

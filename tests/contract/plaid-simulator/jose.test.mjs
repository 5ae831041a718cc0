// The signer's output before an implementation of JOSE that has nothing to do with it: the npm
// package jose.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { compactVerify, importJWK } from 'jose';

import { Receiver, Simulator, clientId, secret } from './simulator.mjs';

// A token and a key that the simulator did not make.
const known = {
    jwk: { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig',
        kid: '0f6c2b1e-7a54-4d0c-9b38-5e2f1c7d9a60',
        x: 'DxaRl0WVQlorVln8cRxz7wfSrEaEyC2pP3Ca2z2TwVM',
        y: 'Sreu_3OuAmEg64KRvVowehMr2hW0Bd03D_q2fMe-B1Y' },
    body: JSON.stringify({ environment: 'sandbox', error: null,
        item_id: 'Zk3mQ8vRxWtL5pYn2bHdS7cJfE4gUaKw9NqBo',
        webhook_code: 'NEW_ACCOUNTS_AVAILABLE', webhook_type: 'ITEM' }, null, 2),
    jwt: 'eyJhbGciOiJFUzI1NiIsImtpZCI6IjBmNmMyYjFlLTdhNTQtNGQwYy05YjM4LTVlMmYxYzdkOWE2MCIsInR5cC'
        + 'I6IkpXVCJ9.eyJpYXQiOjE3NjcyMjU2MDAsInJlcXVlc3RfYm9keV9zaGEyNTYiOiIxZWUxM2ZjYWYxMjYyY'
        + 'mM4NzQ1NWUxOTY3NWRmN2NhNGZiZDNjMzc0YWI1YjM0ZDViY2I2NjI3ZDMzYTE5YjliIn0.yKqCYJfZnU0cSb'
        + 'HFK1mUUEz4SgwH9uqAWJGAaFtaN0QXMwYLfd5DJIp0BSGg5J8pGb27IpfhmRA66WG4zTsY8Q',
    issued: 1767225600,
};

let simulator;
let receiver;
let itemId;

const call = async (path, body) => (await fetch(`${simulator.api}${path}`, {
    method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'PLAID-CLIENT-ID': clientId,
        'PLAID-SECRET': secret },
})).json();

// What a receiver of webhooks has to check, with nothing of our own but the comparison.
async function check(jwt, body, jwkOf) {
    const { payload, protectedHeader } = await compactVerify(jwt,
        async (header) => importJWK(await jwkOf(header.kid), 'ES256'), { algorithms: ['ES256'] });
    const claims = JSON.parse(Buffer.from(payload).toString());
    assert.equal(claims.request_body_sha256, createHash('sha256').update(body).digest('hex'));
    assert.deepEqual(Object.keys(claims).sort(), ['iat', 'request_body_sha256']);
    assert.equal(protectedHeader.typ, 'JWT');
    return claims;
}

const published = async (kid) => {
    const answer = await call('/webhook_verification_key/get', { key_id: kid });
    if (!answer.key) throw new Error(answer.error_code);
    return answer.key;
};

before(async () => {
    receiver = await Receiver.start();
    simulator = await Simulator.start('--clock', 'stepped');
    const { public_token: token } = await call('/sandbox/public_token/create', {
        institution_id: 'ins_109508', initial_products: ['transactions'],
        options: { webhook: receiver.url } });
    ({ item_id: itemId } = await call('/item/public_token/exchange', { public_token: token }));
});

after(async () => {
    receiver?.stop();
    assert.equal(await simulator?.stop(), 0);
});

test('the check accepts a token that the simulator did not make, and no other body', async () => {
    assert.equal(known.body.length, 171);
    const claims = await check(known.jwt, known.body, () => known.jwk);
    assert.equal(claims.iat, known.issued);
    await assert.rejects(check(known.jwt, `${known.body}\n`, () => known.jwk));
    const forged = known.jwt.replace('.yKqC', '.yKqD');
    await assert.rejects(check(forged, known.body, () => known.jwk), /signature/);
});

test('every signed webhook passes, through rotation and overlap', async () => {
    for (const rotation of [null, {}, { expire_old: false }, { overlap_seconds: 3600 }]) {
        if (rotation) await simulator.post('/_sim/keys/rotate', rotation);
        for (let i = 0; i < 5; i += 1)
            await simulator.post('/_sim/webhooks/forge', { item_id: itemId, kind: 'good' });
    }
    const { unix_seconds: now } = await simulator.get('/_sim/clock');
    const kids = new Set();
    for (const webhook of receiver.got) {
        const claims = await check(webhook.jwt, webhook.raw, async (kid) => {
            kids.add(kid);
            return published(kid);
        });
        assert.equal(claims.iat, now);
    }
    assert.ok(receiver.got.length >= 20);
    assert.ok(kids.size >= 4, `${kids.size} keys have signed`);
});

test('every forgery of the signature is found out', async () => {
    for (const kind of ['bad_signature', 'swapped_halves', 'der_signature', 'wrong_body_hash',
        'reindented', 'other_body', 'unknown_kid', 'alg_none', 'alg_hs256']) {
        await simulator.post('/_sim/webhooks/forge', { item_id: itemId, kind });
        const { jwt, raw } = receiver.got.at(-1);
        await assert.rejects(check(jwt, raw, published), undefined, kind);
    }
});

// Starts the built simulator, and a receiver for its webhooks that trusts nothing.

import { spawn } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

export const clientId = 'simulator-client';
export const secret = 'simulator-secret-0000';

export class Simulator {
    // `args` are added to the command line. Free ports are used.
    static async start(...args) {
        const binary = process.env.PLAID_SIMULATOR
            ?? join(top, 'build/dev/examples/plaid-simulator/plaid-simulator');
        const child = spawn(binary, ['--port', '0', '--control-port', '0', ...args],
            { stdio: ['ignore', 'pipe', 'inherit'] });
        const simulator = new Simulator();
        simulator.child = child;
        const lines = createInterface({ input: child.stdout });
        const failed = once(child, 'exit').then(([code]) => {
            throw new Error(`the simulator ended with ${code} before it served`);
        });
        failed.catch(() => {});
        const ready = new Promise((done) => {
            lines.on('line', (line) => {
                const match = /^plaid-simulator: (api|control|bank page) (http:\S+)$/.exec(line);
                if (match) simulator[match[1].replace(' page', '')] = match[2];
                if (simulator.api && simulator.control && simulator.bank) done();
            });
        });
        await Promise.race([ready, failed]);
        return simulator;
    }

    // One control request; a refusal is thrown.
    async pull(method, path, body) {
        const answer = await fetch(`${this.control}${path}`, {
            method, body: body === undefined ? undefined : JSON.stringify(body),
        });
        const json = await answer.json();
        if (!answer.ok) throw new Error(`${method} ${path}: ${json.error}`);
        return json;
    }

    post(path, body = {}) {
        return this.pull('POST', path, body);
    }

    get(path) {
        return this.pull('GET', path);
    }

    // SIGTERM; answers the exit code.
    async stop() {
        if (this.child.exitCode !== null) return this.child.exitCode;
        const ended = once(this.child, 'exit');
        this.child.kill('SIGTERM');
        return (await ended)[0];
    }
}

const fromBase64Url = (text) => Buffer.from(text, 'base64url');

// Checks a webhook as Plaid tells its customers to; answers the JWS header, throws on the first
// flaw. `findKey(kid)` fetches the JWK.
export async function verifyWebhook(jwt, body, now, findKey) {
    const parts = jwt.split('.');
    if (parts.length !== 3) throw new Error('a JWS has three parts');
    const header = JSON.parse(fromBase64Url(parts[0]));
    if (header.alg !== 'ES256') throw new Error(`alg is ${header.alg}`);
    const { kty, crv, x, y } = await findKey(header.kid);
    const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    const signature = fromBase64Url(parts[2]);
    if (signature.length !== 64) throw new Error(`the signature has ${signature.length} bytes`);
    const good = verify('sha256', Buffer.from(`${parts[0]}.${parts[1]}`),
        { key, dsaEncoding: 'ieee-p1363' }, signature);
    if (!good) throw new Error('the signature is not of this key');
    const claims = JSON.parse(fromBase64Url(parts[1]));
    if (Math.abs(now - claims.iat) > 300) throw new Error(`iat is ${claims.iat} at ${now}`);
    const hash = createHash('sha256').update(body).digest('hex');
    if (claims.request_body_sha256 !== hash) throw new Error('the body is not the one signed');
    return header;
}

// An HTTP server that keeps every webhook it gets and answers what `status` says.
export class Receiver {
    static async start() {
        const receiver = new Receiver();
        receiver.status = 200;
        receiver.got = [];
        receiver.waiting = [];
        receiver.server = createServer((request, response) => {
            const chunks = [];
            request.on('data', (chunk) => chunks.push(chunk));
            request.on('end', () => {
                receiver.keep({
                    jwt: request.headers['plaid-verification'],
                    raw: Buffer.concat(chunks),
                });
                response.writeHead(receiver.status).end();
            });
        });
        receiver.server.listen(0, '127.0.0.1');
        await once(receiver.server, 'listening');
        receiver.url = `http://127.0.0.1:${receiver.server.address().port}/plaid/webhook`;
        return receiver;
    }

    keep(webhook) {
        webhook.body = JSON.parse(webhook.raw);
        this.got.push(webhook);
        this.waiting = this.waiting.filter((check) => !check());
    }

    codes() {
        return this.got.map((webhook) => webhook.body.webhook_code);
    }

    // The `nth` webhook with this code, once it is here.
    async next(code, nth = 1, deadline = 20_000) {
        const find = () => this.got.filter((w) => w.body.webhook_code === code)[nth - 1];
        return new Promise((done, failed) => {
            const timer = setTimeout(() => failed(new Error(
                `no ${code} number ${nth}; there are: ${this.codes().join(', ')}`)), deadline);
            const check = () => {
                if (!find()) return false;
                clearTimeout(timer);
                done(find());
                return true;
            };
            if (!check()) this.waiting.push(check);
        });
    }

    stop() {
        this.server.closeAllConnections();
        this.server.close();
    }
}

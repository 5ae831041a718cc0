// A server for the client alone: npm run dev-server [-- --port 8099]
// The console of each canned state is at /STATE/console/; "/STATE-anything/console/" is a world of
// its own. Nothing here is part of the product.

import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../scripts/build.mjs';
import { answer, textOf } from './api.mjs';
import { Contract } from './contract.mjs';
import { scenarios } from './scenarios.mjs';

const document = JSON.parse(await readFile(new URL('../../../docs/console-openapi.json', import.meta.url), 'utf8'));
const contract = new Contract(document);
const MAX_BODY = 64 * 1024;
const TYPES = { 'index.html': 'text/html; charset=utf-8', 'app.js': 'text/javascript; charset=utf-8', 'chunk.js': 'text/javascript; charset=utf-8', 'records.js': 'text/javascript; charset=utf-8', 'app.css': 'text/css; charset=utf-8',
  'words-en.json': 'application/json; charset=utf-8', 'words-zh.json': 'application/json; charset=utf-8' };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY) throw new Error('body too large');
  }
  return text === '' ? {} : JSON.parse(text);
}

/** The page of a pretended bank: one button that shares, one that leaves. */
function bankPage(id) {
  return `<!doctype html><html lang="en"><title>First Platypus Bank</title><h1>First Platypus Bank</h1>
<p>Event Fund, Payroll, Platypus Rewards Card, Pension plan</p><p><a id="share" href="../bank-done/${id}">Share all</a></p></html>`;
}

/** The world of that name, made at its first mention; undefined when there is no such state. */
function worldOf(worlds, name) {
  const make = scenarios[name.split('-')[0]];
  if (make !== undefined && !worlds.has(name)) worlds.set(name, make());
  return worlds.get(name);
}

/**
 * Starts the server on loopback; port 0 takes a free one. Gives its address, a way to end it, a way to
 * its worlds, so that a test can let something happen there, and the list of what was asked or answered
 * otherwise than the API's document says.
 */
export async function start(port = 0) {
  const dist = await mkdtemp(join(tmpdir(), 'bankfeed-dev-'));
  await bundle(dist);
  const worlds = new Map();
  const faults = [];
  const server = createServer(async (request, response) => {
    try {
      await serve(request, response, dist, worlds, faults);
    } catch (error) {
      response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(dist, { recursive: true, force: true });
  };
  return { address: `http://127.0.0.1:${server.address().port}`, close, faults, world: (name) => worldOf(worlds, name) };
}

async function serve(request, response, dist, worlds, faults) {
  const url = new URL(request.url, `http://${request.headers.host}`);
  const [name, room, ...rest] = url.pathname.slice(1).split('/');
  const world = worldOf(worlds, name);
  const send = (status, type, body) => {
    response.writeHead(status, { 'Content-Type': type, 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
    response.end(body);
  };
  if (world === undefined) {
    const list = Object.keys(scenarios).map((one) => `<li><a href="/${one}/console/">${one}</a></li>`).join('');
    return send(name === '' ? 200 : 404, 'text/html; charset=utf-8', `<!doctype html><title>States</title><ul>${list}</ul>`);
  }
  const base = `http://${request.headers.host}/${name}`;
  if (room === 'bank') return send(200, 'text/html; charset=utf-8', bankPage(rest[0]));
  if (room === 'bank-done') {
    const session = world.sessions.get(rest[0]);
    if (session !== undefined) session.state = 'finishing';
    response.writeHead(303, { Location: `../console/?link=${rest[0]}` });
    return response.end();
  }
  if (room !== 'console') return send(404, 'text/plain', 'not here');
  if (rest[0] !== 'api') {
    const file = rest[0] === '' ? 'index.html' : rest[0];
    if (TYPES[file] === undefined) return send(404, 'text/plain', 'not here');
    return send(200, TYPES[file], await readFile(join(dist, file)));
  }
  if (request.method === 'POST' && request.headers['x-bankfeed-csrf'] !== 'token') {
    return send(403, 'application/json', JSON.stringify({ error: { code: 'console.csrf', params: {}, text: 'no token' } }));
  }
  const body = request.method === 'POST' ? await bodyOf(request) : {};
  const path = rest.slice(1).join('/');
  const [status, answered] = answer(world, request.method, path, url.searchParams, body, base);
  const text = textOf(answered);
  for (const one of contract.faults(request.method, path, body, status, JSON.parse(text))) if (!faults.includes(one)) faults.push(one);
  // The answer to a request whose address contains this is lost, though the request has worked.
  if (world.loses !== '' && url.pathname.includes(world.loses) && request.method === 'POST') return response.destroy();
  return send(status, 'application/json', text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--port');
  const { address } = await start(at < 0 ? 8099 : Number(process.argv[at + 1]));
  console.log(`The console's states: ${address}/`);
}

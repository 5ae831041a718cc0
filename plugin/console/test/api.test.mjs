// The world that pictures and behaviour are made in says nothing that the plugin could not say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answer, textOf } from '../dev/api.mjs';
import { Contract } from '../dev/contract.mjs';
import { scenarios } from '../dev/scenarios.mjs';

const folder = process.env['CONSOLE_FOLDER'] ?? process.cwd();
const document = JSON.parse(readFileSync(join(folder, '../../docs/console-openapi.json'), 'utf8'));
const contract = new Contract(document);

/** Everything that can be read of a world. */
function addressesOf(world) {
  const connections = world.connections.flatMap(({ id }) => [`connections/${id}`, `connections/${id}/review`, `connections/${id}/progress`, `activity/choices?connection=${id}`]);
  const accounts = world.connections.flatMap((one) => one.accounts.map(({ id }) => id));
  const sessions = ['open', 'exited', 'expired', 'failed', 'duplicate', 'other_login'].map((state) => `link-sessions/lks_${state}`);
  const held = accounts.slice(0, 3).flatMap((id) => [`held?bank_account=${id}`, `held?bank_account=${id}&after=100`, `held/entries?bank_account=${id}&transaction=txn_1`, ...['pending', 'rounded'].map((reason) => `held?bank_account=${id}&reason=${reason}`)]);
  const imports = ['imp_1', 'imp_2', 'imp_3'].flatMap((id) => [`imports/${id}`, `imports/${id}/protected`]);
  const links = world.rows.filter(({ account }) => account.link !== null).map(({ account }) => `links/${account.link.id}/take-back`);
  return [
    'session', 'overview', 'overview?after=20', 'overview?search=platypus', 'held/accounts', 'held/accounts?reason=rounded', 'activity', 'activity?before=31&person=u1', 'activity/check',
    'activity/choices', 'changes', 'imports', 'health', 'health/accounts', 'health/accounts?show=behind', 'health/diagnostics', 'tenant',
    ...connections, ...sessions, ...held, ...imports, ...links,
  ];
}

/** The answer as a client gets it: text, and JSON again. */
function ask(world, address) {
  const url = new URL(address, 'http://canned/');
  const [status, body] = answer(world, 'GET', url.pathname.slice(1), url.searchParams, {}, 'http://canned');
  return { path: url.pathname.slice(1), status, body: JSON.parse(textOf(body)) };
}

for (const [name, make] of Object.entries(scenarios)) {
  test(`what is read of the canned world "${name}" is what docs/console-openapi.json says`, () => {
    const world = make();
    const faults = addressesOf(world).flatMap((address) => {
      const { path, status, body } = ask(world, address);
      return contract.faults('GET', path, undefined, status, body);
    });
    assert.deepEqual([...new Set(faults)], []);
  });
}

test('every address that can be read is asked for, and answers', () => {
  const world = scenarios.review();
  const asked = addressesOf(world).map((address) => ask(world, address)).filter(({ status }) => status === 200).map(({ path }) => contract.pathOf(path));
  const readable = Object.keys(document.paths).filter((path) => document.paths[path].get !== undefined);
  // The client asks for no past proofs.
  assert.deepEqual(readable.filter((path) => !asked.includes(path)), ['/api/bank-accounts/{id}/proofs']);
});

test('an answer that is otherwise is found', () => {
  const world = scenarios.story();
  const { body } = ask(world, 'session');
  assert.deepEqual(contract.faults('GET', 'session', undefined, 200, body), []);
  for (const wrong of [{ ...body, csrf: undefined }, { ...body, csrf: 1 }, { ...body, environment: 'moon' }, { ...body, more: true }]) {
    assert.equal(contract.faults('GET', 'session', undefined, 200, JSON.parse(JSON.stringify(wrong))).length, 1);
  }
});

// A plugin that ledgerd does not run: what people see of it, and that the books are served all the same.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Books } from '../../examples/demo/books.mjs';
import { people } from '../../examples/demo/world.mjs';
import { saysClearly } from './scene.mjs';

/** Runs ledgerd to its end: {code, out, err}. */
export async function ledgerd(world, ...args) {
  const child = spawn(world.built.ledgerd, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (data) => { out += data; });
  child.stderr.setEncoding('utf8').on('data', (data) => { err += data; });
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  return { code, out, err };
}

/** `ledgerd check-config` finds something, and says all of `parts`. */
export async function checkConfigComplains(world, ...parts) {
  await world.writeConfig();
  const checked = await ledgerd(world, 'check-config', '--config', world.config);
  assert.equal(checked.code, 1, `check-config ends with 1: ${checked.err}`);
  for (const part of parts) assert.match(checked.err, part);
  for (const line of checked.err.trim().split('\n')) assert.match(line, /^(ledgerd: |         )\S/, 'a problem, or its advice');
}

export async function checkConfigIsContent(world) {
  await world.writeConfig();
  const checked = await ledgerd(world, 'check-config', '--config', world.config);
  assert.equal(checked.code, 0, checked.err);
}

function unescaped(html) {
  return html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

/**
 * Starts ledgerd with a plugin that it must refuse: the number and the sentence are on its pages and in its API, and the
 * books can be read and written. Ends ledgerd, whatever is found; answers the sentence.
 */
export async function servesWithoutPlugin(world, code, ...parts) {
  await world.startLedgerd();
  try {
    return await refusalOf(world, code, parts);
  } finally {
    assert.deepEqual(await world.ledgerd.stop(), { code: 0, signal: null });
  }
}

async function refusalOf(world, code, parts) {
  const books = new Books(world.url, people.admin);
  await books.logIntoLedger();
  const { plugins } = await books.json('GET', '/api/plugins');
  assert.equal(plugins.length, 1);
  const [{ state, refusal, refusal_code: number }] = plugins;
  assert.equal(state, 'refused');
  assert.equal(number, code, refusal);
  saysClearly(refusal, ...parts);
  for (const path of ['/', '/feeds']) {
    const page = unescaped(await books.page(path));
    assert.ok(page.includes(`does not run (code ${number}): ${refusal}`), `${path} says why: ${refusal}`);
  }
  const gone = await fetch(`${world.url}/plugins/plaid/webhook`, { method: 'POST', body: '{}' });
  assert.equal(gone.status, 404, 'no route of the plugin is open');
  const { accounts } = await books.json('GET', '/api/accounts');
  const { csrf } = await books.json('GET', '/api/me');
  const account = (name) => accounts.find((one) => one.name.endsWith(name)).id;
  await books.json('POST', '/api/entries', {
    date: '2026-01-05', description: `Written while code ${number} stood`,
    postings: [{ account: account('Cash'), amount: '-3.50' }, { account: account('Food'), amount: '3.50' }],
  }, { 'x-csrf-token': csrf, origin: world.url });
  return refusal;
}

/** Starts ledgerd; the plugin runs. */
export async function runsWell(world) {
  await world.startLedgerd();
  const books = new Books(world.url, people.admin);
  await books.logIntoLedger();
  const { plugins } = await books.json('GET', '/api/plugins');
  assert.equal(plugins[0].state, 'running', plugins[0].refusal);
  return books;
}

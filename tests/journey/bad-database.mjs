// Databases that are in use, belong to somebody else, or have lost their key.
import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerd, runsWell, servesWithoutPlugin } from './refusal.mjs';
import { administrator, feedNew, inStep, journey, restart } from './scene.mjs';

async function connected(folder, settings) {
  const admin = administrator(folder, { settings });
  await admin.world.start();
  await admin.enter();
  admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  await feedNew(admin, ['Checking', 'Savings']);
  await inStep(admin);
  return admin;
}

journey('books and databases that are in use, or not ours, are left alone', async (step, folder) => {
  const database = `sqlite:${join(folder, 'shared.db')}`;
  const admin = await connected(join(folder, 'first'), { database_url: database });
  const { world } = admin;
  const before = await admin.fingerprint();

  await step('a second ledgerd on the same port', async () => {
    await world.writeConfig(); // now with the port that was found
    const { code, err } = await ledgerd(world, 'serve', '--config', world.config);
    assert.equal(code, 3);
    assert.match(err, /^ledgerd: Another process listens at 127\.0\.0\.1:\d+; stop it, or choose another port with "listen"\.\n$/);
  });
  await step('a second ledgerd on the same books', async () => {
    const other = join(folder, 'first/other.properties');
    const config = await readFile(world.config, 'utf8');
    await writeFile(other, config.replace(/^listen = .*$/m, 'listen = 127.0.0.1:0'), { mode: 0o600 });
    const { code, out, err } = await ledgerd(world, 'serve', '--config', other);
    assert.equal(code, 4);
    assert.match(err, /^ledgerd: Another process has the books in \S+ open; stop it, or use another data_dir\.\n$/);
    assert.equal(out, '');
  });

  const second = administrator(join(folder, 'second'), { settings: { database_url: database } });
  await step('the plugin\'s database, in use by the other host', async () => {
    await second.world.layOut();
    second.world.api = world.api;
    await servesWithoutPlugin(second.world, 0, /Another process uses the database/, /Stop it, or use PostgreSQL/);
  });
  await step('the plugin\'s database, of another host', async () => {
    await world.ledgerd.stop();
    await servesWithoutPlugin(second.world, 0, /belongs to another host/, /each set of books its own/);
  });
  await step('the database of another environment', async () => {
    world.settings.environment = 'production';
    await servesWithoutPlugin(world, 0, /another environment of the provider/, /Give each its own/);
    delete world.settings.environment;
  });

  const key = join(folder, 'first/data-secrets/bankfeed-plaid.secrets');
  await step('the token key is lost', async () => {
    await rename(key, `${key}.away`);
    await servesWithoutPlugin(world, 0, /"bankfeed\.token_key"/, /backup/, /connected again/);
    await assert.rejects(readFile(key), { code: 'ENOENT' }, 'no new key was made over the lost one');
  });
  await step('the token key is another one', async () => {
    await writeFile(key, `bankfeed.token_key = base64:${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
    await servesWithoutPlugin(world, 0, /another token key/, /Give bankfeed the key that was used before/);
    await rename(`${key}.away`, key);
  });
  await step('and with the right key all is as before', async () => {
    await runsWell(world);
    await admin.enter();
    await admin.quiet();
    const journal = await admin.exported();
    const written = (journal.match(/Written while code/g) ?? []).length;
    assert.equal(written, 3, 'what was written by hand meanwhile');
    await inStep(admin);
    const { connections } = await admin.overview();
    assert.deepEqual(connections.map((one) => one.state), ['healthy']);
    await restart(admin);
    assert.notEqual(await admin.fingerprint(), before);
  });
});

// Settings and secrets that are missing or wrong: one sentence that names the key, and the books go on.
import assert from 'node:assert/strict';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkConfigComplains, runsWell, servesWithoutPlugin } from './refusal.mjs';
import { administrator, journey } from './scene.mjs';

journey('a configuration that lacks something is refused with a sentence that names it', async (step, folder) => {
  const { world } = administrator(folder);
  await world.layOut();
  world.api = 'http://127.0.0.1:9';
  const good = { ...world.settings };
  const secrets = join(folder, 'plaid-secrets.properties');

  const settings = [
    ['no environment', { environment: '' }, /"environment"/, /"sandbox" or "production"/],
    ['an environment that does not exist', { environment: 'development' }, /"environment"/, /"sandbox" or "production"/],
    ['a country that is not one', { country_codes: 'US,UK' }, /"country_codes"/, /"UK"/, /offers .*\bGB\b/],
    ['countries in words', { country_codes: 'USA' }, /"country_codes"/, /"US,CA"/],
    ['an address that is not allowed', { allow_development_endpoint: 'off' }, /"base_url"/, /"allow_development_endpoint = on"/],
    ['an address in the world', { base_url: 'http://plaid.example.org' }, /"base_url"/, /loopback/],
    ['more history than there is', { days_requested: '731' }, /"days_requested"/, /from 1 to 730/],
    ['polling that would use up the limits', { allow_development_endpoint: 'off', base_url: 'https://sandbox.plaid.com', poll_interval_seconds: '5' },
      /"poll_interval_seconds"/, /from 900/],
    ['a switch that is neither', { webhooks: 'maybe' }, /"webhooks"/, /"on" or "off"/],
    ['a database of another kind', { database_url: 'mysql://books:secret@db/books' }, /"database_url"/, /"postgresql:" or "sqlite:"/],
    ['a database in a folder that does not exist', { database_url: 'sqlite:/nonexistent/bankfeed.db' }, /database file \/nonexistent\/bankfeed\.db cannot be made/, /Look at the path/],
  ];
  for (const [what, wrong, ...parts] of settings) {
    await step(what, async () => {
      world.settings = { ...good, ...wrong };
      await servesWithoutPlugin(world, 0, ...parts);
    }, { alone: true });
  }
  await step('a setting with a typing error', async () => {
    world.settings = { ...good, webhook: 'off' };
    await checkConfigComplains(world, /knows no setting "webhook"/, /plugin\.bankfeed-plaid\.settings\.webhook/);
  });
  world.settings = good;

  await step('a secret that is not there', async () => {
    await writeFile(secrets, 'plaid.client_id = simulator-client\n', { mode: 0o600 });
    await servesWithoutPlugin(world, 0, /"plaid\.secret" is missing/, /host's secrets/);
  });
  await step('no file of secrets', async () => {
    await rm(secrets);
    await checkConfigComplains(world, /plaid-secrets\.properties does not exist/, /secrets_file/);
    await servesWithoutPlugin(world, 0, /"plaid\.client_id"/, /host's secrets/);
  });
  await step('a file of secrets that others can read', async () => {
    await writeFile(secrets, 'plaid.client_id = simulator-client\nplaid.secret = simulator-secret-0000\n');
    await chmod(secrets, 0o644);
    await checkConfigComplains(world, /Other users can read/, /chmod 600/);
    await servesWithoutPlugin(world, 0, /"plaid\.client_id"/, /host's log/);
    assert.ok(world.ledgerd.lines.some((line) => /chmod 600 .*plaid-secrets\.properties/.test(line)), 'and the log says what to do');
    await chmod(secrets, 0o600);
  });
  await step('and once all is right, it runs', async () => {
    await runsWell(world);
  });
});

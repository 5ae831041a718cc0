// The demo: starts the world and shows where to look, or walks the story unattended. Called by examples/run.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopAll } from './processes.mjs';
import { tellStory } from './story.mjs';
import { people, World } from './world.mjs';

const build = process.argv[2];
const story = process.argv.includes('--story');

const folder = await mkdtemp(join(tmpdir(), 'bankfeed-demo-'));
let leaving = false;

async function leave(code, keep = false) {
  if (leaving) return;
  leaving = true;
  await stopAll();
  if (keep) console.error(`The logs are kept in ${folder}.`);
  else await rm(folder, { recursive: true, force: true });
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (!story) console.log('\nStopping.');
    void leave(signal === 'SIGINT' && !story ? 0 : 130);
  });
}

try {
  if (story) {
    await tellStory({ build, folder });
    await leave(0);
  } else {
    const port = Number(process.env.BANKFEED_DEMO_PORT ?? 8080);
    const world = new World({ build, folder, ports: { ledgerd: port, api: port + 1, control: port + 2 } });
    await world.start();
    // A second start reads there which address to name.
    if (process.env.BANKFEED_DEMO_LOCK) await writeFile(process.env.BANKFEED_DEMO_LOCK, `${port}\n`);
    console.log(`
The ledger:      ${world.url}/                       (log in as ${people.admin.name}, password ${people.admin.password})
The console:     ${world.url}/plugins/plaid/console/
The bank's page: ${world.bankPage}

1. In the console, connect a bank: First Platypus Bank, user_good, pass_good.
2. On the bank's page, open a sub-account. Within seconds the console has a notice.
3. Follow the notice: tick the new account at the bank, and say which ledger account it feeds.

Ctrl-C stops it all. What you do here is gone then. Logs are in ${folder} meanwhile.`);
    world.simulator.exited.then(() => { if (!leaving) { console.error('The simulator ended unexpectedly.'); void leave(1, true); } });
    world.ledgerd.exited.then(() => { if (!leaving) { console.error('ledgerd ended unexpectedly.'); void leave(1, true); } });
  }
} catch (error) {
  console.error(error.message);
  if (process.env.BANKFEED_DEMO_TRACE) console.error(error.stack);
  await leave(1, true);
}

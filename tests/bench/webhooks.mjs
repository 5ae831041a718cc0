// B2: webhooks a second, verified and committed to SQLite, through the plugin in a running ledgerd.
// node webhooks.mjs BUILD_FOLDER [--once]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startProgram, stopAll } from '../../examples/demo/processes.mjs';
import { World } from '../../examples/demo/world.mjs';

const GOAL = 0.42;
const P99_GOAL_MS = 10;
const build = resolve(process.argv[2] ?? 'build/release');
const once = process.argv.includes('--once');

/** ledgerd with the plugin, whose Plaid is the sender of the webhooks. */
class WorldOfWebhooks extends World {
  async startSimulator() {
    const program = join(build, 'tests/bench/webhook-load');
    this.load = startProgram('webhook-load', program, once ? ['--once'] : [], join(this.folder, 'webhook-load.log'),
      { stdio: ['pipe', 'pipe', 'pipe'] });
    this.api = (await this.load.line(/keys (http:\/\/\S+)/))[1];
  }

  async measure() {
    this.load.child.stdin.end(`127.0.0.1 ${this.ports.ledgerd} /plugins/plaid/webhook\n`);
    return JSON.parse((await this.load.line(/^\{.*\}$/, 120_000))[0]);
  }
}

const folder = await mkdtemp(join(tmpdir(), 'bankfeed-bench-'));
try {
  const world = new WorldOfWebhooks({ build, folder, host: { max_connections: 256, max_connections_per_address: 128 } });
  await world.start();
  const found = await world.measure();
  await world.ledgerd.stop();
  const ratio = found.per_second / found.limit_per_second;
  const column = (value, width) => String(value).padStart(width);
  console.log(`${'B2 webhooks into SQLite'.padEnd(34)}${column(found.per_second.toFixed(0), 14)}${column(found.limit_per_second.toFixed(0), 14)}${column(ratio.toFixed(2), 9)}${column(GOAL, 9)}`);
  console.log(`   of ${found.webhooks + found.refused}: ${found.refused} refused${found.refused > 0 ? ` (${found.first_refusal})` : ''}; half of the answers within ${found.p50_ms.toFixed(2)} ms, 99 of 100 within ${found.p99_ms.toFixed(2)} ms (B4: goal ${P99_GOAL_MS} ms)`);
  if (found.refused > 0) process.exitCode = 1;
} finally {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
}

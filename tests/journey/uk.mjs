// The demo's household at a bank in the UK, where accounts are added by connecting anew.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** What administrator() takes for it; the scenario is written into the folder. */
export async function ukWorld(folder) {
  const text = await readFile(join(top, 'examples/plaid-simulator/scenarios/first-platypus.json'), 'utf8');
  const scenario = join(folder, 'uk.json');
  await writeFile(scenario, text.replaceAll('ins_109508', 'ins_117650').replace('["US"]', '["GB"]').replaceAll('"USD"', '"GBP"'));
  return { settings: { country_codes: 'GB' }, scenario };
}

// A plugin's folder that is not what it should be is refused before any of its code runs.
import assert from 'node:assert/strict';
import { chmod, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkConfigComplains, checkConfigIsContent, runsWell, servesWithoutPlugin } from './refusal.mjs';
import { administrator, journey } from './scene.mjs';

async function flipByte(path, offset) {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  byte[0] ^= 1;
  await file.write(byte, 0, 1, offset);
  await file.close();
}

journey('a plugin folder that is not whole is refused, with a number and advice, and the books go on', async (step, folder) => {
  const { world } = administrator(folder);
  await world.layOut();
  world.api = 'http://127.0.0.1:9';
  const home = join(folder, 'plugins/bankfeed-plaid');
  const manifest = join(home, 'plugin.json');
  const original = await readFile(manifest, 'utf8');
  const changed = (change) => {
    const json = JSON.parse(original);
    change(json);
    return () => writeFile(manifest, JSON.stringify(json));
  };
  const restore = () => writeFile(manifest, original);
  const library = join(home, JSON.parse(original).library);
  const stray = join(home, 'console/.index.html.swp');

  const cases = [
    ['a manifest that is not JSON', 107, () => writeFile(manifest, original.slice(0, -20)), restore,
      /plugin\.json is not a JSON object \(line \d+/, /Install the plugin again/],
    ['a manifest of another plugin', 108, changed((json) => { json.id = 'bankfeed-other'; }), restore,
      /is the manifest of "bankfeed-other"/, /Name the folder like the id/],
    ['a manifest with an unknown member', 107, changed((json) => { json.autostart = true; }), restore,
      /"autostart" is a member that this host does not know/, /Install the plugin again/],
    ['a manifest without a member that must be there', 107, changed((json) => { delete json.title; }), restore, /"title"/, /Install the plugin again/],
    ['a plugin for a newer ABI', 113, changed((json) => { json.abi.major = 2; }), restore,
      /made for ABI 2, this host speaks ABI 1/, /Update the host, or install the edition/],
    ['a plugin for a newer host', 114, changed((json) => { json.abi.minor_min = 900; }), restore, /needs ABI 1\.900/, /Update the host/],
    ['a changed byte in the library', 111, () => flipByte(library, 4242), () => flipByte(library, 4242),
      /libbankfeed_plaid\.so is not the file that plugin\.json describes/, /Install the plugin again/],
    ['a file that an editor left', 109, () => writeFile(stray, 'x', { mode: 0o644 }), () => rm(stray),
      /\.index\.html\.swp is not listed in plugin\.json/, /Remove the file/],
    ['a folder that a group can write to', 104, () => chmod(home, 0o775), () => chmod(home, 0o755), /bankfeed-plaid/, /chmod go-w/],
  ];
  for (const [what, code, spoil, mend, ...parts] of cases) {
    await step(what, async () => {
      await spoil();
      try {
        await checkConfigComplains(world, new RegExp(`would be refused, code ${code}\\.`), ...parts);
        await servesWithoutPlugin(world, code, ...parts);
      } finally {
        await mend();
      }
    }, { alone: true });
  }
  await step('and once it is whole again, it runs', async () => {
    await checkConfigIsContent(world);
    const books = await runsWell(world);
    const { accounts } = await books.json('GET', '/api/accounts');
    assert.equal(accounts.find((one) => one.name.endsWith('Food')).balance, `${(cases.length * 3.5).toFixed(2)}`, 'every entry that was written meanwhile');
  });
});

// Makes the README's picture from the real plugin: node tests/browser/picture.mjs
// The development build must be there. Plays the story up to the review, and writes docs/review.png.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopAll } from '../../examples/demo/processes.mjs';
import { administrator } from '../journey/scene.mjs';
import { Mouse } from './hands.mjs';
import { Screen, startBrowser } from './screen.mjs';
import { Walk, writeBooks } from './walk.mjs';

const WIDTH = 880; // about what a README is shown in
const SCALE = '0.85';
const BYTES_MAX = 200_000;
const file = resolve(dirname(fileURLToPath(import.meta.url)), '../../docs/review.png');
const folder = await mkdtemp(join(tmpdir(), 'bankfeed-picture-'));
const browser = await startBrowser();
try {
  const admin = administrator(folder);
  await admin.world.start();
  await admin.enter();
  await writeBooks(admin);
  const screen = await Screen.open(browser, { name: 'picture', language: 'en', size: 'desktop', pictured: false });
  const walk = await Walk.begin(admin, screen, new Mouse(screen.page));
  for (const part of ['enterThroughTheBooks', 'connect', 'decideFirst', 'newAccounts']) await walk[part]();
  await walk.hands.choose(walk.choice('Emergency Fund', 'existing'));
  await walk.hands.select(walk.picker('Emergency Fund'), walk.ledgerName('Rainy days'));
  await walk.hands.choose(walk.choice('Holiday Fund', 'later'));
  await screen.page.mouse.move(0, 0);
  await screen.page.evaluate(() => document.activeElement?.blur());
  await screen.page.setViewportSize({ width: WIDTH, height: 600 });
  await screen.page.evaluate((scale) => { document.documentElement.style.zoom = scale; }, SCALE);
  const height = await screen.page.evaluate(() => document.documentElement.scrollHeight);
  await screen.page.setViewportSize({ width: WIDTH, height });
  const { bottom } = await screen.page.evaluate(() => document.querySelector('main').getBoundingClientRect().toJSON());
  const picture = await screen.page.screenshot({ animations: 'disabled', clip: { x: 0, y: 0, width: WIDTH, height: Math.ceil(bottom) } });
  assert.ok(picture.length < BYTES_MAX, `the picture has ${picture.length} bytes`);
  await writeFile(file, picture);
  console.log(`written: ${file}`);
} finally {
  await browser.close();
  await stopAll();
  await rm(folder, { recursive: true, force: true });
}

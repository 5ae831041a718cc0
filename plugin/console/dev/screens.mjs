// Looks at every screen in a real browser: npm run screens [-- FOLDER]
// Plays the story, takes pictures into FOLDER (default: none) in both sizes, schemes and languages, and fails on errors of the page, on
// breaches of the content security policy, on sideways scrolling, on what axe finds, on what
// behaviour.mjs expects, and on exchanges that docs/console-openapi.json does not know.

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { behave } from './behaviour.mjs';
import { start } from './server.mjs';

const folder = process.argv[2];
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = { desktop: { width: 1280, height: 900 }, tablet: { width: 780, height: 900 }, phone: { width: 390, height: 844 } };
const LANGUAGES = { en: 'en-US', zh: 'zh-CN' };
const faults = [];

const server = await start();
const browser = await chromium.launch({
  executablePath: process.env.BANKFEED_CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
if (folder !== undefined) await mkdir(folder, { recursive: true });

async function look(page, name) {
  await page.waitForFunction(() => document.querySelector('h1') !== null || document.querySelector('.failure') !== null);
  await page.waitForLoadState('networkidle').catch(() => undefined);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) faults.push(`${name}: scrolls sideways by ${wide}px`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const one of violations) faults.push(`${name}: ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')}`);
  if (folder !== undefined) await picture(page, name);
}

/** In a window as high as the page, so that what sticks to the window's end hides nothing. */
async function picture(page, name) {
  const { width, height } = page.viewportSize();
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.max(whole, height) });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  await page.setViewportSize({ width, height });
}

function watch(page, name) {
  page.on('pageerror', (error) => faults.push(`${name}: ${error}`));
  page.on('console', (message) => {
    const expected = message.text().includes('Failed to load resource');
    if (message.type() === 'error' && !expected) faults.push(`${name}: ${message.text()}`);
  });
}

/** The whole story in one tab: notice, page before Link, bank, return, review, refusal, progress. */
async function play(page, name) {
  const url = `${server.address}/story-${name}/console/`;
  await page.goto(url);
  await page.getByRole('link', { name: 'Choose accounts at the bank' }).first().waitFor();
  await look(page, `${name}-1-connections`);
  await page.getByRole('link', { name: 'Choose accounts at the bank' }).first().click();
  await page.getByRole('button', { name: 'Choose accounts at the bank' }).waitFor();
  await look(page, `${name}-2-before-link`);
  await page.getByRole('button', { name: 'Choose accounts at the bank' }).click();
  await page.locator('#share').click();
  await page.getByRole('heading', { name: 'Finishing…' }).waitFor();
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}-3-finishing.png`) });
  await page.getByRole('heading', { name: 'New at the bank' }).waitFor();
  await look(page, `${name}-4-review`);
  const payroll = page.getByRole('group', { name: /What Payroll/ });
  await payroll.getByLabel('Ledger account', { exact: true }).selectOption({ label: 'Assets:Bank:Reserve' });
  await page.getByRole('button', { name: 'Link 3 accounts and keep 1 aside' }).click();
  await page.getByText('is already fed by').waitFor();
  await look(page, `${name}-5-refused`);
  await page.reload();
  await payroll.getByLabel('Ledger account', { exact: true }).waitFor();
  await payroll.getByLabel('Ledger account', { exact: true }).selectOption({ label: 'Assets:Bank:Payroll' });
  await payroll.getByLabel('Start date').fill('2026-08-15');
  await payroll.getByText('a second time').waitFor();
  await look(page, `${name}-6-overlap`);
  await payroll.getByRole('button', { name: 'Begin after the last entry' }).click();
  await page.getByRole('button', { name: 'Link 3 accounts and keep 1 aside' }).click();
  await page.getByRole('heading', { name: 'Progress of First Platypus Bank' }).waitFor();
  await page.getByText('Writing to the books').nth(1).waitFor();
  await look(page, `${name}-7-progress`);
  await page.reload();
  await page.getByText('Everything is in the books.').waitFor();
  await look(page, `${name}-8-done`);
  await page.getByRole('main').getByRole('link', { name: 'Back to connections' }).last().click();
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('dialog').waitFor();
  await look(page, `${name}-9-disconnect`);
  await page.keyboard.press('Escape');
}

const STATES = [
  ['empty', '#/'], ['many', '#/'], ['trouble', '#/'], ['viewer', '#/'], ['down', '#/'], ['out', '#/'],
  ['review', '#/'], ['review', '#/connections/FIRST/review'], ['relink', '#/connections/FIRST/review'], ['continued', '#/connections/FIRST/review'],
  ['viewer', '#/connections/FIRST/review'], ['failing', '#/connections/FIRST/progress'],
  ['partly', '#/connections/FIRST/progress'], ['waits', '#/connections/FIRST/progress'], ['partly', '#/connections/FIRST/review'],
  ['story', '#/connect'], ['story', '#/connections/FIRST/repair'], ['story', '#/connections/FIRST/review'],
  ['story', '#/link/lks_open'], ['story', '#/link/lks_exited'], ['story', '#/link/lks_failed'], ['story', '#/link/lks_duplicate'], ['story', '#/link/lks_other_login'],
  ['trouble', '#/held'], ['held', '#/held'], ['held', '#/held/reason/rounded'], ['held', '#/held/ACCOUNT'], ['held', '#/held/ACCOUNT/rounded'], ['held', '#/held/ACCOUNT/pending'], ['held', '#/held/LAST'], ['review', '#/held/acc_1'], ['story', '#/activity'], ['story', '#/imports'], ['story', '#/imports/imp_1'], ['viewer', '#/imports/imp_3'], ['story', '#/changes'], ['story', '#/health'], ['story', '#/erase'], ['story', '#/nowhere'],
];

/** The ids of the first connection, its first account and the last account, in the place of their names. */
async function named(state, hash) {
  const answer = await fetch(`${server.address}/${state}/console/api/overview`);
  const connections = answer.ok ? (await answer.json()).connections : [];
  const last = connections.at(-1)?.accounts.at(-1)?.id ?? 'none';
  return hash.replace('FIRST', connections[0]?.id ?? 'none').replace('ACCOUNT', connections[0]?.accounts[0]?.id ?? 'none').replace('LAST', last);
}

/** What is folded away is to be seen too. */
async function unfold(page) {
  for (const name of [/^Show all \d/, /^显示全部/]) {
    for (const one of await page.getByRole('button', { name }).all()) await one.click();
  }
}

/** Every state in a language, in both sizes and both schemes; a tablet where its words are the longest. */
async function lookAtStates(language) {
  const context = await browser.newContext({ viewport: SIZES.desktop, locale: LANGUAGES[language], reducedMotion: 'reduce' });
  const page = await context.newPage();
  watch(page, language);
  for (const [state, hash] of STATES) {
    const name = `${state}${hash.replace('FIRST', '').toLowerCase().replace(/[^a-z_]+/g, '-').replace(/-$/, '')}`;
    await page.goto('about:blank');
    await page.goto(`${server.address}/${state}/console/${await named(state, hash)}`);
    await page.waitForFunction(() => document.querySelector('h1') !== null || document.querySelector('.failure') !== null);
    await page.waitForLoadState('networkidle').catch(() => undefined);
    if (state === 'trouble') await unfold(page);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const scheme of ['light', 'dark']) {
        if (size === 'tablet' && (language !== 'en' || scheme === 'dark')) continue;
        await page.emulateMedia({ colorScheme: scheme });
        await look(page, `${name}-${size}-${language}-${scheme}`);
      }
    }
    if (state === 'continued' && language === 'en') {
      await page.getByRole('button', { name: /^Take back that .* goes on/ }).first().click();
      await page.getByRole('dialog').getByText('71 entries').waitFor();
      await look(page, `${name}-take-back`);
    }
    if (state !== 'review' || hash !== '#/held/acc_1' || language !== 'en') continue;
    await page.getByRole('button', { name: 'It is an entry in the books…' }).first().click();
    await page.getByRole('button', { name: /is the entry of/ }).first().waitFor();
    await look(page, `${name}-entries`);
  }
  await context.close();
}

try {
  faults.push(...await behave(browser, server, process.argv[3]));
  for (const [size, viewport] of Object.entries(SIZES)) {
    const context = await browser.newContext({ viewport, locale: 'en-US', reducedMotion: 'reduce' });
    const page = await context.newPage();
    watch(page, size);
    await play(page, `${size}-story`);
    await context.close();
  }
  for (const language of Object.keys(LANGUAGES)) await lookAtStates(language);
} finally {
  await browser.close();
  await server.close();
}
faults.push(...server.faults);
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? 'Every screen is in order.' : `${faults.length} faults.`);
process.exitCode = faults.length === 0 ? 0 : 1;

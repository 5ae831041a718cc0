// What the client does when something happens: played in a real browser over the canned worlds, and
// run before the look at every screen (npm run screens).

import { notice } from './shapes.mjs';

const PATIENCE_MS = 8_000;

/** Makes the tab one that nobody looks at, or one that somebody has come back to. */
function hide(page, hidden) {
  return page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

function expect(truth, words) {
  if (!truth) throw new Error(words);
}

/** That a note is in sight and has the focus, itself or through what it is in. */
async function seen(page, note) {
  await note.waitFor();
  const found = await note.evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return { inSight: top >= 0 && bottom <= window.innerHeight, focused: document.activeElement?.contains(one) && document.activeElement !== document.body };
  });
  expect(found.inSight, 'it is out of sight');
  expect(found.focused, 'it does not have the focus');
}

const newAccounts = (world) => notice('new_accounts', 'info', world.connections[0].id, { institution: 'First Platypus Bank' });

/** By name: the state that is opened, and what is done in it. */
const plays = {
  'a notice appears within seconds while somebody looks': ['review', async ({ page, world, open }) => {
    await open('');
    await page.getByText('shared but not decided').waitFor();
    world.notices = [newAccounts(world)];
    await page.getByText('has new accounts').waitFor({ timeout: 4_000 });
  }],

  'a hidden tab asks seldom, and at once when somebody comes back': ['review', async ({ page, world, open }) => {
    await page.clock.install();
    await open('');
    await page.getByText('shared but not decided').waitFor();
    await hide(page, true);
    const last = page.waitForResponse(/overview/);
    await page.clock.runFor(2_100);
    await last;
    let asked = 0;
    page.on('request', (request) => { asked += request.url().includes('overview') ? 1 : 0; });
    await page.clock.runFor(18_000);
    expect(asked === 0, 'a hidden tab asked every few seconds');
    world.notices = [newAccounts(world)];
    await hide(page, false);
    await page.getByText('has new accounts').waitFor({ timeout: 1_500 });
  }],

  'the review reads the books again when somebody comes back, and keeps the draft': ['review', async ({ page, world, open }) => {
    await open('#/connections/FIRST/review');
    const fund = page.getByRole('group', { name: /What Event Fund/ });
    await fund.getByLabel('Name in the books').fill('Party Fund');
    const payroll = world.ledgers.find((one) => one.name === 'Assets:Bank:Payroll');
    payroll.name = 'Assets:Bank:Wages';
    await hide(page, true);
    await hide(page, false);
    await page.getByRole('option', { name: 'Assets:Bank:Wages' }).first().waitFor({ state: 'attached', timeout: 2_000 });
    expect(await fund.getByLabel('Name in the books').inputValue() === 'Party Fund', 'the draft was lost');
  }],

  'a refused Apply says so beside its button, and has the focus': ['review', async ({ page, world, open }) => {
    world.refusal = { status: 503, code: 'store.busy' };
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await seen(page, page.getByRole('alert').filter({ hasText: 'The database is busy' }));
  }],

  'a lost Apply says that it may hold, and shows what holds': ['review', async ({ page, world, open }) => {
    world.loses = '/review';
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    const alert = page.getByRole('alert').filter({ hasText: 'may hold or not' });
    await seen(page, alert);
    await page.getByRole('heading', { name: 'New at the bank' }).waitFor({ state: 'detached' });
    await alert.waitFor();
    expect(await page.getByText('No new account was shared').count() === 0, 'it says that nothing was shared');
  }],

  'a conflict is marked at its row, and said beside Apply': ['review', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    const payroll = page.getByRole('group', { name: /What Payroll/ });
    await payroll.getByLabel('Ledger account', { exact: true }).selectOption({ label: 'Assets:Bank:Reserve' });
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await page.getByRole('region', { name: 'Draft' }).getByRole('alert').filter({ hasText: 'Nothing was applied' }).waitFor();
    expect(await payroll.locator('.conflict').evaluate((one) => one === document.activeElement), 'the focus is elsewhere');
  }],

  'two tabs that decide the same are told what holds': ['review', async ({ page, world, open }) => {
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: 'Link 3 accounts' }).waitFor();
    for (const row of world.rows.filter((one) => one.is_new)) {
      row.is_new = false;
      Object.assign(row.account, { decision: 'linked', link: { ...world.rows[0].account.link } });
    }
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await page.getByRole('heading', { name: 'New at the bank' }).waitFor({ state: 'detached' });
    await seen(page, page.getByRole('alert').filter({ hasText: 'Somebody has decided these accounts meanwhile' }));
    expect(await page.getByText('No new account was shared').count() === 0, 'it says that nothing was shared');
  }],

  'a row without a ledger account is not promised to sync': ['review', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    const fund = page.getByRole('group', { name: /What Event Fund/ });
    await fund.getByLabel('An existing ledger account').check();
    await page.getByText('2 will sync now, 1 not complete yet').waitFor();
    await page.getByRole('button', { name: 'Show what is missing' }).click();
    await fund.getByText('Choose a ledger account.').waitFor();
  }],
};

/** Plays all, or those whose name contains `only`; gives what was not as expected. */
export async function behave(browser, server, only = '') {
  const faults = [];
  let number = 0;
  for (const [name, [state, run]] of Object.entries(plays)) {
    number += 1;
    if (!name.includes(only)) continue;
    const at = `${state}-play${number}`;
    const world = server.world(at);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US', reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => faults.push(`${name}: ${error}`));
    const open = (hash) => page.goto(`${server.address}/${at}/console/${hash.replace('FIRST', world.connections[0]?.id ?? 'none')}`);
    try {
      await run({ page, world, open, server, at });
    } catch (error) {
      faults.push(`${name}: ${String(error.message).split('\n').slice(0, 3).join(' ')}`);
    }
    await context.close();
  }
  return faults;
}

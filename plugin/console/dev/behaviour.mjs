// What the client does when something happens: played in a real browser over the canned worlds, and
// run before the look at every screen (npm run screens).

import { money, notice, proof } from './shapes.mjs';

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

  'banks come page by page, and a search finds the one': ['many', async ({ page, world, open }) => {
    await open('');
    await page.getByRole('heading', { name: 'Bank 01' }).waitFor();
    expect(await page.getByRole('heading', { level: 3 }).count() === 20, 'it is not a page of 20');
    await page.getByText('1–20 of 45').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'Bank 21' }).waitFor();
    await page.getByText('21–40 of 45').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('41–45 of 45').waitFor();
    expect(await page.getByRole('button', { name: 'Next' }).isDisabled(), 'there is a page behind the last');
    await page.getByLabel('Search for a bank or an account').fill('purse 33.2');
    await page.getByText('1 connection found').waitFor();
    await page.getByRole('heading', { name: 'Bank 33' }).waitFor();
    const field = page.getByLabel('Search for a bank or an account');
    expect(await field.evaluate((one) => one === document.activeElement), 'the field has lost the focus');
    await field.fill('');
    await page.getByText('1–20 of 45').waitFor();
    await page.getByRole('button', { name: 'Show all 17 accounts' }).click();
    await page.getByText('Purse 2.17').waitFor();
    await page.getByRole('button', { name: 'Show all 14' }).click();
    expect(await page.locator('.notice').count() === 14, 'notices are missing');
    expect(world.connections.length === 45, 'the world has changed');
  }],

  'what has not changed is not sent again': ['many', async ({ page, open }) => {
    await open('');
    await page.getByRole('heading', { name: 'Bank 01' }).waitFor();
    const answer = await page.waitForResponse(/overview\?seen=/);
    expect((await answer.body()).length < 100, 'the whole page came again');
    await page.getByRole('heading', { name: 'Bank 20' }).waitFor();
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

  'an undo says first what it does, and the page follows it to its end': ['story', async ({ page, open }) => {
    await open('#/imports');
    await page.getByRole('link', { name: /Import from First Platypus Bank/ }).first().click();
    await page.getByRole('button', { name: 'Undo this import…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('117 entries are taken out of the books.').waitFor();
    await dialog.getByText('Reconciled in the books: 2').waitFor();
    await dialog.getByRole('button', { name: 'Take 117 out of the books' }).click();
    await page.getByText('This goes on in the background').waitFor();
    await page.getByRole('button', { name: 'Book the undone ones again…' }).waitFor();
    await page.getByRole('button', { name: 'Book the undone ones again…' }).click();
    await dialog.getByText('117 transactions that were undone are booked again.').waitFor();
  }],

  'who may only look is offered no undo': ['viewer', async ({ page, open }) => {
    await open('#/imports/imp_1');
    await page.getByText('You may look at imports, but not undo them.').waitFor();
    expect(await page.getByRole('button', { name: /Undo/ }).count() === 0, 'an undo is offered');
  }],

  'the log is checked to its end by itself, and a break is said': ['story', async ({ page, world, open }) => {
    await open('#/activity');
    await page.getByText('every entry up to number 1,080').waitFor();
    world.auditBroken = 17;
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByText('the log does not fit from entry 17 on').waitFor();
  }],

  'the log is narrowed to a person': ['story', async ({ page, open }) => {
    await open('#/activity');
    await page.getByText('A notice appeared').first().waitFor();
    await page.getByLabel('Person').selectOption({ label: 'Ada Admin' });
    await page.getByText('A notice appeared').first().waitFor({ state: 'detached' });
    await page.getByText('Linked a bank account').first().waitFor();
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

  'a ledger account that the books got meanwhile is there to be chosen, and the draft stays': ['review', async ({ page, world, open }) => {
    await open('#/connections/FIRST/review');
    const fund = page.getByRole('group', { name: /What Event Fund/ });
    await fund.getByLabel('Name in the books').fill('Party Fund');
    world.ledgers.push({ ...world.ledgers.find((one) => one.name === 'Assets:Bank:Payroll'), id: 'made-meanwhile', name: 'Assets:Bank:Made meanwhile' });
    await page.getByRole('option', { name: 'Assets:Bank:Made meanwhile' }).first().waitFor({ state: 'attached', timeout: 10_000 });
    expect(await fund.getByLabel('Name in the books').inputValue() === 'Party Fund', 'the draft was lost');
  }],
  'a refused Apply says so beside its button, and has the focus': ['review', async ({ page, world, open }) => {
    world.refusal = { status: 503, code: 'store.busy' };
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await seen(page, page.getByRole('alert').filter({ hasText: 'The database is busy' }));
  }],

  'a lost Apply says that it may hold, and what holds as soon as the server answers': ['review', async ({ page, world, open }) => {
    world.loses = '/review';
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: 'Link 3 accounts' }).waitFor();
    await page.route(/\/review$/, (route) => route.request().method() === 'GET' ? route.abort() : route.continue());
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await seen(page, page.getByRole('alert').filter({ hasText: 'may hold or not' }));
    await page.unroute(/\/review$/);
    await page.getByRole('heading', { name: 'New at the bank' }).waitFor({ state: 'detached' });
    await page.getByRole('alert').filter({ hasText: 'your decisions hold' }).waitFor();
    await page.getByRole('alert').getByRole('link', { name: 'Show progress' }).waitFor();
    expect(await page.getByText('may hold or not').count() === 0, 'it still does not know');
    expect(await page.getByRole('group', { name: /^What / }).count() === 0, 'it asks again what has been decided');
    expect(await page.getByText('No new account was shared').count() === 0, 'it says that nothing was shared');
  }],

  'an Apply that never arrived is to be pressed again': ['review', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: 'Link 3 accounts' }).waitFor();
    await page.route(/\/review$/, (route) => route.request().method() === 'POST' ? route.abort() : route.continue());
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await page.getByRole('alert').filter({ hasText: 'None of your decisions was applied' }).waitFor();
    await page.unroute(/\/review$/);
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await page.getByRole('heading', { name: /^Progress of/ }).waitFor();
  }],

  'a wrong start date is marked itself, and nothing is said to sync now': ['review', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    const payroll = page.getByRole('group', { name: /What Payroll/ });
    await payroll.getByLabel('Start date').fill('2039-01-01');
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await payroll.getByText('too far in the future').waitFor();
    expect(await payroll.getByLabel('Start date').getAttribute('aria-invalid') === 'true', 'the date is not marked');
    expect(await payroll.getByLabel('Ledger account', { exact: true }).getAttribute('aria-invalid') !== 'true', 'the ledger account is marked');
    await page.getByText('1 account needs another look first').waitFor();
    await page.getByText(/^Then: \d will sync/).waitFor();
    expect(await page.getByText('will sync now').count() === 0, 'it says that something syncs now');
  }],

  'a conflict is marked at its row, and said beside Apply': ['review', async ({ page, open }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('#/connections/FIRST/review');
    const payroll = page.getByRole('group', { name: /What Payroll/ });
    await payroll.getByLabel('Ledger account', { exact: true }).selectOption({ label: 'Assets:Bank:Reserve' });
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await page.getByRole('region', { name: 'Draft' }).getByRole('alert').filter({ hasText: 'Nothing was applied' }).waitFor();
    const note = payroll.locator('.conflict');
    expect(await note.evaluate((one) => one === document.activeElement), 'the focus is elsewhere');
    const bar = await page.locator('.apply-bar').boundingBox();
    const box = await note.boundingBox();
    expect(box.y >= 0 && box.y + box.height <= bar.y, `the row's note is hidden: ${JSON.stringify({ box, bar })}`);
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

  'what another administrator decided is said, and not undone unseen': ['review', async ({ page, world, open }) => {
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: 'Link 3 accounts' }).waitFor();
    const fund = world.rows.find((row) => row.account.name === 'Event Fund');
    Object.assign(fund, { is_new: false, version: 'aside.7', decided_by: 'Ben Books', decided_at: new Date().toISOString() });
    fund.account.decision = 'aside';
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    const group = page.getByRole('group', { name: /What Event Fund/ });
    await group.getByText('Ben Books kept this account aside').waitFor();
    await group.getByRole('button', { name: 'Leave it so' }).click();
    await page.getByRole('button', { name: 'Link 2 accounts' }).waitFor();
    expect(fund.account.decision === 'aside', 'the other decision was undone');
  }],

  'a feed is stopped after a question, and can be begun again': ['review', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: /^Stop feeding the books from/ }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Nothing is deleted').waitFor();
    await dialog.getByRole('button', { name: 'Keep feeding' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Stop feeding the books from/ }).first().click();
    await dialog.getByRole('button', { name: 'Stop feeding' }).click();
    await page.getByText('By Ada Admin,').waitFor();
    await page.getByRole('button', { name: /^Change the decision about/ }).first().waitFor();
  }],

  'that an account goes on with another is taken back, after its counts were shown': ['continued', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: /^Take back that .* goes on/ }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('71 entries that it took over go back').waitFor();
    await dialog.getByText('12 entries that it booked itself are taken out').waitFor();
    await dialog.getByText('Reconciled in the books: 2').waitFor();
    await dialog.getByRole('button', { name: 'Leave it as it is' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Take back that .* goes on/ }).first().click();
    await dialog.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('This is being taken back.').waitFor();
    await page.getByText('This is being taken back.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Take back that .* goes on/ }).waitFor({ state: 'detached' });
  }],

  'what cannot be taken back now says why': ['continued', async ({ page, world, open }) => {
    world.takeBack = { conflict: 'import.busy' };
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: /^Take back that .* goes on/ }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('An import is being undone or booked again.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Take it back' }).isDisabled(), 'it can be asked for all the same');
  }],

  'the activity leads to where a decision is taken back': ['story', async ({ page, open }) => {
    await open('#/activity');
    await page.getByRole('link', { name: 'Look at it, or take it back' }).first().click();
    await page.waitForURL(/connections\/con_1\/review/);
  }],

  'the start date of a live link is changed, and an overlap is asked about': ['review', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    await page.getByRole('button', { name: /^Change start date of/ }).first().click();
    const field = page.getByLabel(/^New start date of/);
    await field.fill('2026-07-01');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('The books had entries of their own up to').waitFor();
    await page.getByRole('button', { name: 'Book from this date all the same' }).click();
    await page.getByText('older transactions are being booked').waitFor();
  }],

  'the rows of the review are filtered by currency and type, and nothing decided is hidden unsaid': ['review', async ({ page, world, open }) => {
    world.rows.find((row) => row.account.name === 'Event Fund').account.currency = 'EUR';
    await open('#/connections/FIRST/review');
    await page.getByLabel('Currency').selectOption('EUR');
    await page.getByRole('group', { name: /What Payroll/ }).waitFor({ state: 'detached' });
    await page.getByText(/of these are not shown by the filter/).waitFor();
    await page.getByLabel('Currency').selectOption('');
    await page.getByRole('group', { name: /What Payroll/ }).waitFor();
  }],

  'the line at Apply promises no sync to a connection that rests': ['review', async ({ page, world, open }) => {
    world.connections[0].paused = { by: 'Ben Books', since: '2026-11-20T08:00:00Z' };
    await open('#/connections/FIRST/review');
    await page.getByText('sync when the connection is resumed').waitFor();
  }],

  'a draft waits for its person, and for nobody else': ['review', async ({ page, world, open }) => {
    await open('#/connections/FIRST/review');
    const name = page.getByRole('group', { name: /What Event Fund/ }).getByLabel('Name in the books');
    await name.fill('Party Fund');
    world.user = { id: 'u2', name: 'Ben Books' };
    await page.reload();
    expect(await name.inputValue() !== 'Party Fund', 'another person got the draft');
    world.user = undefined;
    await page.reload();
    expect(await name.inputValue() === 'Party Fund', 'the draft was lost');
  }],

  'a row without a ledger account is not promised to sync': ['review', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    const fund = page.getByRole('group', { name: /What Event Fund/ });
    await fund.getByLabel('An existing ledger account').check();
    await page.getByText('2 will sync now, 1 not complete yet').waitFor();
    await page.getByRole('button', { name: 'Show what is missing' }).click();
    await fund.getByText('Choose a ledger account.').waitFor();
  }],

  'who goes back from the bank’s page is told that it is open': ['story', async ({ page, open }) => {
    await open('#/connections/FIRST/add');
    await page.getByRole('button', { name: 'Choose accounts at the bank' }).click();
    await page.locator('#share').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'The bank’s page is still open' }).waitFor();
    await page.getByRole('link', { name: 'Back to the bank’s page' }).waitFor({ timeout: 500 });
    expect(await page.getByText('being read').count() === 0, 'it says that accounts are being read');
    await page.getByRole('link', { name: 'Give up' }).click();
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
  }],

  'who was sent back by the bank’s page is not told to finish there': ['story', async ({ page, open }) => {
    const titles = new Set();
    await page.clock.install();
    await open('?link=lks_open');
    for (const passed of [100, 2_000, 2_000]) {
      await page.clock.runFor(passed);
      await page.getByText('You are back from the bank').waitFor();
      titles.add(await page.getByRole('heading', { level: 1 }).textContent());
    }
    expect([...titles].join() === 'Finishing…', `it says ${[...titles].join()}`);
    await page.clock.runFor(6_000);
    await page.getByRole('link', { name: 'Back to the bank’s page' }).waitFor();
  }],

  'who left the bank’s page on purpose is told so once': ['story', async ({ page, open }) => {
    await open('#/link/lks_exited');
    await page.getByRole('heading', { name: 'You left the bank’s page' }).waitFor();
    await page.getByRole('link', { name: 'Begin again' }).waitFor();
    expect(await page.locator('.failure').count() === 0, 'it shows the same as a failure');
  }],

  'what was kept aside leads to where it can be changed': ['review', async ({ page, open }) => {
    await open('');
    await page.getByRole('link', { name: 'Kept aside: decide about Petty cash' }).click();
    await page.getByRole('button', { name: 'Change the decision about Petty cash' }).waitFor();
  }],

  'an account that looks the same is linked only when somebody says that it is another': ['relink', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    const card = page.getByRole('group', { name: /What Platypus Rewards Card/ });
    await card.getByText('looks like Platypus Rewards Card').waitFor();
    expect(await card.getByLabel('None: keep it aside').isChecked(), 'it is not kept aside');
    expect(await card.getByLabel('A new ledger account').count() === 0, 'it can be linked without a word');
    await card.getByLabel('It is another account').check();
    await card.getByLabel('A new ledger account').check();
    const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/review'));
    await page.getByRole('button', { name: /^Link 2 accounts/ }).click();
    const { decisions } = (await sent).postDataJSON();
    expect(decisions.filter((one) => one.accept_duplicate === true).length === 1, 'it was not said');
  }],

  'progress names what could not be made, and leads to the review': ['partly', async ({ page, open }) => {
    await open('#/connections/FIRST/progress');
    await page.getByText('the books did not make the ledger account “Event Fund”').waitFor();
    await page.getByText('5 in the books, 2 before the start date').waitFor();
    expect(await page.getByText('Everything').count() === 0, 'it says that everything is there');
    expect(await page.locator('.steps .past').count() === 4, 'the last step is ticked');
    await page.getByRole('link', { name: 'Decide again' }).click();
    const fund = page.getByRole('group', { name: /What Event Fund/ });
    await fund.getByText('did not make the ledger account “Event Fund”').waitFor();
    expect(await fund.getByLabel('Name in the books').inputValue() === 'Event Fund 2', 'the name is the refused one');
  }],

  'progress tells of an opening balance that is missing': ['partly', async ({ page, world, open }) => {
    const { fixed } = world.progress;
    Object.assign(fixed, { phase: 'waiting', failed: [] });
    Object.assign(fixed.accounts[0], { phase: 'waiting', opening: 'due' });
    await open('#/connections/FIRST/progress');
    await page.getByText('save an opening balance').waitFor();
    await page.getByText('Waiting · Opening balance not booked yet').waitFor();
    expect(await page.locator('.steps .past').count() === 4, 'the steps are not told apart');
  }],

  'progress shows the name that the books gave a new ledger account': ['review', async ({ page, open }) => {
    await open('#/connections/FIRST/review');
    await page.getByText('The books put it where').waitFor();
    await page.getByRole('button', { name: 'Link 3 accounts' }).click();
    await page.getByText('Assets:Current:Event Fund').waitFor();
  }],

  'late rows before the start date are a notice that a person clears': ['trouble', async ({ page, open }) => {
    await open('');
    const late = page.getByRole('listitem').filter({ hasText: '3 transactions of Checking' });
    await late.getByText(/Jul 2\s–\sAug 14, 2026/).waitFor();
    await late.getByRole('button', { name: 'I have seen it' }).click();
    await late.waitFor({ state: 'detached', timeout: 1_500 });
  }],

  'a notice about a ledger account that was not made leads to the review': ['trouble', async ({ page, open }) => {
    await open('');
    const failed = page.getByRole('listitem').filter({ hasText: 'did not make the ledger account' });
    await failed.getByRole('link', { name: 'Decide again' }).click();
    await page.getByRole('heading', { name: 'Review accounts of Login Bank' }).waitFor();
  }],

  '"Sync now" does not say that the bank was asked when it was not': ['trouble', async ({ page, world, open }) => {
    world.connections.splice(1);
    Object.assign(world.connections[0], { state: 'healthy', error: null });
    world.notices = [];
    await open('');
    await page.getByRole('button', { name: /^Sync/ }).first().click();
    await page.getByText('What Plaid has is being read. New transactions appear here in a moment.').waitFor();
    expect(await page.getByText('The bank has been asked').count() === 0, 'it says that the bank was asked');
  }],

  'a removed transaction is found from the connections, and put back': ['story', async ({ page, world, open }) => {
    const { account } = world.rows[0];
    Object.assign(account, { held: 1, proof: proof({ ledger: '1224.06', difference: '10.5', removed: '10.5' }) });
    world.heldRows = [{
      id: 'txn_1', date: '2026-11-20', amount: money(-1050), exact: '-10.5', rounded: false, name: 'COFFEE', merchant: '',
      pending: false, reason: 'removed', in_books: false, left_out: null,
    }];
    await open('');
    await page.getByText('Books: $1,224.06; difference $10.50: removed by hand $10.50').waitFor();
    await page.getByRole('link', { name: /^Show the 1 held/ }).click();
    await page.getByRole('option', { name: /1 held$/ }).waitFor({ state: 'attached' });
    account.held = 0;
    await page.getByRole('button', { name: 'Import it again: COFFEE' }).click();
    await page.getByText('No transaction of this account is held.').waitFor();
    await page.getByRole('option', { name: /0 held$/ }).waitFor({ state: 'attached', timeout: 1_500 });
  }],

  'what waits for a link leads to the review, and a single account is chosen already': ['review', async ({ page, world, open }) => {
    for (const { account } of world.rows.slice(1)) account.held = 0;
    world.connections[0].accounts = world.rows.map((row) => row.account);
    world.rows[0].account.held = 3;
    await open('#/held');
    await page.getByText('The account is not linked').first().waitFor();
    await page.getByRole('link', { name: 'Decide what this account feeds' }).click();
    await page.getByRole('heading', { name: /^Review accounts/ }).waitFor();
  }],

  'what is held is counted by reason and by account, and each leads to its list': ['held', async ({ page, world, open }) => {
    await open('#/held');
    await page.getByText('Held transactions: 34').waitFor();
    const rounded = page.getByRole('row').filter({ hasText: 'More precise than its currency' });
    await rounded.first().getByText('You decide').waitFor();
    const books = page.getByRole('link', { name: 'Open the books' }).first();
    expect(await books.getAttribute('href') === 'https://books.example/', 'it does not lead to the books');
    await page.getByRole('link', { name: 'Not posted by the bank yet' }).click();
    await page.getByRole('heading', { name: 'Not posted by the bank yet' }).waitFor();
    await page.getByRole('link', { name: 'All that are held' }).click();
    await page.getByRole('link', { name: 'More precise than its currency: waits for your decision: 3' }).click();
    await page.getByRole('heading', { name: 'More precise than its currency' }).waitFor();
    await page.getByText('3 shown').waitFor();
    await page.getByText('exactly \u2212$14.999').first().waitFor();
    await page.getByRole('button', { name: 'Leave all 3 out' }).click();
    await page.getByText('No transaction of this account is held.').waitFor();
    await page.getByText('Held transactions: 11').waitFor();
    await page.getByRole('link', { name: 'All that are held' }).click();
    await page.getByText('11 shown').waitFor();
    world.books = null;
    await page.reload();
    await page.getByText('Held transactions: 11').waitFor();
    expect(await page.getByRole('link', { name: 'Open the books' }).count() === 0, 'it leads nowhere');
  }],

  'a login that is broken stands in the way of what only the bank can say': ['held', async ({ page, world, open }) => {
    await open(`#/held/${world.connections[1].accounts[0].id}`);
    await page.getByRole('link', { name: 'Log in at the bank' }).first().click();
    await page.getByRole('heading', { name: /Second Bank/ }).first().waitFor();
  }],

  'what cannot be booked is left out, with who did it, and taken back': ['held', async ({ page, world, open }) => {
    const { id } = world.connections[1].accounts[0];
    await open(`#/held/${id}/currency_differs`);
    await page.getByText('The account is in EUR, this is in USD.').first().waitFor();
    await page.getByRole('link', { name: 'Decide what this account feeds' }).waitFor();
    await page.getByRole('button', { name: 'Leave it out' }).first().click();
    await page.getByText('1 shown').waitFor();
    await page.getByRole('link', { name: 'Left out: the books have it otherwise' }).click();
    await page.getByText('Left out by Ada Admin').waitFor();
    await page.getByText('Not in the currency of the account').last().waitFor();
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('No transaction of this account is held.').waitFor();
    await page.getByText('Held transactions: 6').waitFor();
  }],

  'what the bank has not posted is found from the connections': ['held', async ({ page, open }) => {
    await open('');
    await page.getByRole('link', { name: 'Show the 2 pending transactions of Plaid Checking ••0000' }).click();
    await page.getByRole('heading', { name: 'Not posted by the bank yet' }).waitFor();
    await page.getByText('2 shown').waitFor();
  }],

  'a relink says to tick the old accounts again': ['story', async ({ page, open }) => {
    await open('#/connections/FIRST/relink');
    await page.getByText('Tick these again').waitFor();
    expect(await page.getByText('leave these ticked').count() === 0, 'it contradicts itself');
  }],

  'a provider that does not answer is named while the page is prepared': ['story', async ({ page, world, open }) => {
    world.linkHangs = true;
    await page.clock.install();
    await open('#/connections/FIRST/add');
    await page.getByRole('button', { name: 'Choose accounts at the bank' }).click();
    await page.getByText('Preparing the bank').waitFor();
    await page.clock.fastForward(5_100);
    await page.getByText('Plaid is not answering; it is tried again.').waitFor({ timeout: 1_500 });
  }],

  'there is a way back to the books where the host has pages': ['story', async ({ page, world, open }) => {
    await open('');
    const back = page.getByRole('link', { name: 'Back to the books' });
    expect(await back.getAttribute('href') === 'https://books.example/', 'it leads elsewhere');
    world.books = null;
    await page.reload();
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    expect(await back.count() === 0, 'it leads nowhere');
  }],

  'a ledger account’s name breaks behind its colons': ['story', async ({ page, world, open }) => {
    await page.setViewportSize({ width: 780, height: 900 });
    world.rows[0].account.link.ledger_account_name = 'Assets:Current:Operations:Checking';
    await open('');
    const name = page.locator('td.feeds bdi').first();
    const ends = await name.evaluate((one) => {
      const lines = [];
      const range = document.createRange();
      for (const text of [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)) {
        range.selectNodeContents(text);
        lines.push(new Set([...range.getClientRects()].filter((box) => box.width > 0).map((box) => Math.round(box.top))).size);
      }
      return lines;
    });
    expect(ends.every((count) => count === 1), `a part is on ${Math.max(...ends)} lines`);
  }],

  'who was logged out elsewhere is told so once': ['story', async ({ page, world, open }) => {
    await open('');
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    world.fault = { status: 401, code: 'console.not_logged_in', text: 'Nobody is logged in.' };
    const read = page.waitForResponse(/overview/);
    await page.getByRole('button', { name: /^Sync/ }).first().click();
    await read;
    await page.getByText('You are no longer logged in').first().waitFor();
    expect(await page.getByText('You are no longer logged in').count() === 1, 'it is said more than once');
  }],

  'the frame takes two lines on a phone': ['story', async ({ page, open }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('');
    await page.getByRole('link', { name: 'Health' }).waitFor();
    const { height } = await page.locator('header.top').boundingBox();
    expect(height < 110, `it is ${height} high`);
  }],

  'an amount is on one line with its minus': ['story', async ({ page, world, open }) => {
    Object.assign(world.rows[0].account, { proof: proof({ ledger: '7404.04', difference: '-6169.48', unexplained: '-6169.48', state: 'differs' }) });
    for (const width of [1280, 1100, 900, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await open('');
      const amounts = page.locator('td .small .amount');
      await amounts.first().waitFor();
      const lines = await amounts.evaluateAll((all) => all.map((one) => one.getClientRects().length));
      expect(lines.every((count) => count === 1), `at ${width}: ${lines}`);
    }
  }],

  'another language is fetched when it is chosen, and not before': ['story', async ({ page, open }) => {
    const fetched = [];
    page.on('request', (request) => { if (request.url().includes('words-')) fetched.push(request.url().split('/').pop()); });
    await open('');
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    await page.getByLabel('Language').selectOption('zh');
    await page.getByRole('heading', { name: '连接' }).first().waitFor();
    await page.getByLabel('语言').selectOption('en');
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    expect(fetched.join() === 'words-en.json,words-zh.json', `fetched: ${fetched}`);
  }],

  'a language that cannot be fetched leaves the page as it is, says so, and is tried again': ['story', async ({ page, open }) => {
    await page.route(/words-zh/, (route) => route.abort());
    await open('');
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    await page.getByLabel('Language').selectOption('zh');
    await page.getByRole('alert').getByText('简体中文').waitFor();
    expect(await page.getByLabel('Language').inputValue() === 'en', 'it does not say which language it is in');
    await page.unroute(/words-zh/);
    await page.getByRole('alert').getByRole('button').click();
    await page.getByRole('heading', { name: '连接' }).first().waitFor();
    expect(await page.getByRole('alert').count() === 0, 'the failure is still shown');
  }],

  'a page whose own language is missing comes in the other one': ['story', async ({ page, open }) => {
    await page.route(/words-en/, (route) => route.fulfill({ contentType: 'application/json', body: '{"keys":"of another version","words":{}}' }));
    await open('');
    await page.getByRole('heading', { name: '连接' }).first().waitFor();
    await page.getByRole('alert').getByText('English').waitFor();
  }],

  'a page without any words says so in both languages': ['story', async ({ page, open }) => {
    await page.route(/words-/, (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>Log in</h1>' }));
    await open('');
    await page.getByText('could not be loaded').waitFor();
    await page.getByText('无法加载').waitFor();
    await page.unroute(/words-/);
    await page.getByRole('button').click();
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
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

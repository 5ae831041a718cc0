// A bank whose every text is an attack: names of banks and accounts, masks, transactions, categories, errors. Beside it the same
// world with harmless texts: the pages of both have the same elements and attributes, and nothing else happens.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../examples/demo/books.mjs';
import { people } from '../../examples/demo/world.mjs';
import { administrator, journey } from '../journey/scene.mjs';
import { harmless, payloads } from './payloads.mjs';
import { Screen, SIZES, startBrowser } from './screen.mjs';

const PER_BANK = 9;
const bankOf = (i) => Math.floor(i / PER_BANK);
const BANKS = bankOf(payloads.length - 1) + 1;
const LINKED = 0; // the bank whose accounts feed the books
const HELD = 1; // the bank of which one account has every text in its transactions, and waits

/** A scenario in which `texts` are everywhere: each is the name, official name and mask of an account, and a transaction. */
function scenarioOf(texts) {
  const rows = texts.map((text, i) => ({
    id: `row-${i}`, amount: `${i + 1}.00`, day: -1 - (i % 20), name: text, merchant: text, original_description: text, category: text, category_detailed: text,
  }));
  const banks = Array.from({ length: BANKS }, (_, bank) => texts.filter((__, i) => bankOf(i) === bank));
  return {
    institutions: banks.map((own, bank) => ({ institution_id: `ins_${bank}`, name: own.join(' '), country_codes: ['US'] })),
    logins: banks.map((_, bank) => ({ login_id: `login-${bank}`, institution_id: `ins_${bank}`, username: 'user_good', password: 'pass_good' })),
    accounts: texts.map((text, i) => ({
      login_id: `login-${bankOf(i)}`, name: text, official_name: text, mask: text, type: 'depository', subtype: 'savings', currency: 'USD', opening_balance: '10',
      history: i === LINKED * PER_BANK || i === HELD * PER_BANK ? rows : [],
    })),
  };
}

/** The kinds of element of the page: each as the way to it, with the names of its attributes, and no text. */
function skeleton() {
  const found = new Set();
  const walk = (one, way) => {
    // A break opportunity stands for a colon in a name.
    if (one.tagName === 'WBR') return;
    const attributes = one.getAttributeNames().filter((name) => !['checked', 'selected', 'disabled', 'aria-current', 'open'].includes(name)).sort();
    const here = `${way} > ${one.tagName.toLowerCase()}${attributes.length === 0 ? '' : `[${attributes}]`}`;
    found.add(here);
    for (const child of one.children) walk(child, here);
  };
  walk(document.documentElement, '');
  return [...found];
}

class World {
  constructor(folder, texts, bad) {
    Object.assign(this, { folder, texts, bad, kinds: new Map(), ids: [] });
  }

  async start() {
    const scenario = `${this.folder}.json`;
    await writeFile(scenario, JSON.stringify(scenarioOf(this.texts)));
    this.admin = administrator(this.folder, { scenario });
    await this.admin.world.start();
    await this.admin.enter();
  }

  async connectAll() {
    const { admin } = this;
    for (let bank = 0; bank < BANKS; ++bank) {
      const id = await admin.beginLink('connect');
      await admin.bank.completeLink(await admin.linkToken(id), { institution_id: `ins_${bank}`, username: 'user_good', password: 'pass_good' });
      this.ids.push((await admin.linkDone(id)).connection_id);
    }
    for (const [bank, id] of this.ids.entries()) {
      const wanted = this.texts.filter((_, i) => bankOf(i) === bank).length;
      await until(`the accounts of bank ${bank}`, async () => (await this.review(id)).accounts.length === wanted);
    }
    this.held = (await until('the held rows', async () =>
      (await this.connection(this.ids[HELD])).accounts.find((one) => one.held === this.texts.length))).id;
  }

  review(id) {
    return this.admin.books.console('GET', `connections/${id}/review`);
  }

  connection(id) {
    return this.admin.books.console('GET', `connections/${id}`);
  }

  /** Every account of the first bank feeds a new ledger account of its own name. */
  async linkOne() {
    const { admin } = this;
    admin.connectionId = this.ids[LINKED];
    const { accounts } = await admin.review();
    await admin.books.console('POST', `connections/${admin.connectionId}/review`, {
      decisions: accounts.map(({ account }) => ({
        bank_account_id: account.id, choice: 'new', name: account.name.slice(0, 60), start_date: null, opening_balance: true,
      })),
    });
    await until('the history of the first bank to be in the books', async () =>
      (await admin.books.console('GET', `connections/${admin.connectionId}/progress`)).phase === 'done');
    const links = (await admin.connection()).accounts.map((one) => one.link.ledger_account_id);
    assert.equal(links.length, PER_BANK, 'all of them are linked');
    this.fed = (await until('the rows in the books', async () => {
      const found = (await admin.books.accounts()).accounts.filter((one) => links.includes(String(one.id)));
      return found.length === PER_BANK ? found : null;
    })).map((one) => one.id);
  }

  /** Every bank fails with its own texts as the code, the message and the reference. */
  async failAll() {
    const { admin } = this;
    const { items } = await admin.bank.state();
    for (const item of items) {
      const text = this.texts[Number(item.login_id.split('-')[1]) * PER_BANK];
      await admin.bank.fault('error', {
        endpoint: '/transactions/sync', item_id: item.item_id, count: -1, status: 400,
        body: { error_type: text, error_code: text, error_message: text, display_message: text, request_id: text, documentation_url: text, suggested_action: text },
      });
    }
    for (const id of this.ids) await admin.books.console('POST', `connections/${id}/sync`, {});
    for (const id of this.ids) await until('the failure to be known', async () => (await this.connection(id)).error !== null);
  }

  async open(browser) {
    this.screen = await Screen.open(browser, { name: this.bad ? 'hostile' : 'harmless', language: 'en', size: 'desktop', pictured: false });
    for (const address of [this.admin.world.url, this.admin.world.api]) this.screen.allowed.add(new URL(address).origin);
    const { page } = this.screen;
    await page.goto(this.admin.world.url);
    await page.getByLabel('Name').fill(people.admin.name);
    await page.getByLabel('Password').fill(people.admin.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('link', { name: 'Bank feeds' }).waitFor();
  }

  /** Notes the skeleton of a page under its kind, and what is amiss in either size. */
  async note(kind) {
    const { page } = this.screen;
    const kinds = this.kinds.get(kind) ?? new Set();
    for (const one of await page.evaluate(skeleton)) kinds.add(one);
    this.kinds.set(kind, kinds);
    const unseen = await page.evaluate(() => /[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2065\ufeff\u{e0000}-\u{e007f}]/u.exec(document.body.innerText)?.index ?? -1);
    if (unseen >= 0) this.screen.tell(`${kind}: an invisible character is on the page`);
    for (const size of ['phone', 'desktop']) {
      await page.setViewportSize(SIZES[size]);
      await this.screen.checkWidth(`${kind}, ${size}`);
    }
  }

  /** Opens a page of the console, waits until it has read what it shows, presses `more` while it can. */
  async visit(kind, hash, ready, more) {
    const { page } = this.screen;
    await page.goto('about:blank');
    await page.goto(`${this.admin.world.url}/plugins/plaid/console/${hash}`);
    await ready(page).first().waitFor();
    await page.locator('.loading').first().waitFor({ state: 'detached' });
    while (more !== undefined && await page.getByRole('button', { name: more }).count() > 0) {
      const next = page.waitForResponse(/\/api\//);
      await page.getByRole('button', { name: more }).click();
      await next;
    }
    await this.note(kind);
    return page.evaluate(() => document.body.innerText);
  }

  async visitBooks(kind, path) {
    const { page } = this.screen;
    await page.goto(this.admin.world.url + path);
    await this.note(kind);
    for (let i = 0; i < 12 && await page.getByRole('link', { name: 'Older' }).count() > 0; ++i) {
      await page.getByRole('link', { name: 'Older' }).click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      await this.note(kind);
    }
  }

  async visitConsole() {
    const heading = (page) => page.getByRole('heading', { level: 1 });
    await this.visit('connections', '#/', (page) => page.getByRole('article'));
    for (const [bank, id] of this.ids.entries()) {
      const seen = await this.visit(bank === LINKED ? 'review of what is decided' : 'review', `#/connections/${id}/review`, (page) => page.getByRole('listitem').filter({ hasText: 'USD' }));
      this.seesTheTexts(bank, seen);
    }
    for (const id of this.ids.slice(0, 3)) {
      for (const one of ['add', 'repair', 'relink', 'progress']) await this.visit(one, `#/connections/${id}/${one}`, heading);
    }
    await this.visit('held', `#/held/${this.held}`, (page) => page.getByRole('row').nth(1), 'Show more');
    await this.visit('activity', '#/activity', (page) => page.getByText('Connected a bank'), 'Show older entries');
    await this.visit('health', '#/health', (page) => page.getByRole('link', { name: 'Deletion of all data' }));
  }

  /** Texts of plain letters and marks stand on the page as they are. */
  seesTheTexts(bank, seen) {
    const plain = this.texts.filter((text, i) => bankOf(i) === bank && /^[\x20-\x7e]{1,150}$/.test(text) && !/\s\s/.test(text));
    for (const text of plain) if (!seen.includes(text)) this.screen.tell(`"${text}" is not on the review of bank ${bank}`);
  }

  async visitLedger() {
    await this.visitBooks('accounts of ledgerd', '/');
    await this.visitBooks('journal of ledgerd', '/journal');
    for (const id of this.fed) await this.visitBooks('register of ledgerd', `/accounts/${id}`);
    await this.visitBooks('trial balance of ledgerd', '/trial-balance');
    await this.visitBooks('feeds of ledgerd', '/feeds');
  }

  async visitFailures() {
    await this.visit('connections that fail', '#/', (page) => page.getByRole('article'));
    for (const id of this.ids) await this.visit('progress of what fails', `#/connections/${id}/progress`, (page) => page.getByRole('heading', { level: 1 }));
    await this.visit('activity behind it', '#/activity', (page) => page.getByText('Connected a bank'), 'Show older entries');
    await this.visit('health behind it', '#/health', (page) => page.getByRole('link', { name: 'Deletion of all data' }));
  }
}

async function live(step, world, browser) {
  const who = world.bad ? 'hostile' : 'harmless';
  const { screen } = world;
  await step(`${who}: every bank is connected`, () => world.connectAll());
  await step(`${who}: one bank feeds the books`, () => world.linkOne());
  await world.open(browser);
  await step(`${who}: the screens of the console`, () => world.visitConsole());
  await step(`${who}: the pages of the books`, () => world.visitLedger());
  await step(`${who}: every bank fails with its own words`, async () => {
    await world.failAll();
    await world.visitFailures();
  });
  return screen;
}

journey('texts of a bank stay texts', async (step, folder, t) => {
  const browser = await startBrowser();
  const worlds = [new World(join(folder, 'harmless'), harmless, false), new World(join(folder, 'hostile'), payloads, true)];
  try {
    for (const world of worlds) {
      await world.start();
      await live(step, world, browser);
    }
    const [good, bad] = worlds;
    await step('nothing happened but what should', () => assert.deepEqual(bad.screen.faults, []), { alone: true });
    await step('the pages have the same elements and attributes', () => {
      const differences = [...good.kinds].map(([kind, expected]) => ({
        kind, more: [...bad.kinds.get(kind)].filter((one) => !expected.has(one)), less: [...expected].filter((one) => !bad.kinds.get(kind).has(one)),
      })).filter(({ more, less }) => more.length + less.length > 0);
      assert.deepEqual(differences, []);
    }, { alone: true });
  } catch (error) {
    for (const { screen } of worlds) if (screen !== undefined) t.diagnostic(await screen.photographFailure());
    throw error;
  } finally {
    await browser.close();
  }
});

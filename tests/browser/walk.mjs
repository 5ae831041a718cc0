// The whole story as a person lives it: in the browser, from the login to the end of the connection.
import assert from 'node:assert/strict';
import { people } from '../../examples/demo/world.mjs';
import { administrator, build, journey } from '../journey/scene.mjs';
import { Screen, startBrowser } from './screen.mjs';
import { wordsOf } from './words.mjs';

export const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

/** Somebody at a screen, and the bank that things happen at meanwhile. */
export class Walk {
  static async begin(admin, screen, hands) {
    for (const address of [admin.world.url, admin.world.api]) screen.allowed.add(new URL(address).origin);
    const words = await wordsOf(build, screen.language);
    const ledgers = (await admin.books.accounts()).accounts.map((one) => one.name);
    return Object.assign(new Walk(), { admin, screen, hands, words, ledgers, page: screen.page });
  }

  button(...keys) {
    return this.page.getByRole('button', { name: this.words(...keys) });
  }

  link(...keys) {
    return this.page.getByRole('link', { name: this.words(...keys) });
  }

  heading(...keys) {
    return this.page.getByRole('heading', { name: this.words(...keys) }).first();
  }

  text(...keys) {
    return this.page.getByText(this.words.part(...keys)).first();
  }

  /** A link or a button: which of the two it is may change. */
  control(...keys) {
    return this.link(...keys).or(this.button(...keys)).first();
  }

  /** The bank of the card, and what can be done with it. */
  inCard(...keys) {
    const card = this.page.getByRole('article').filter({ hasText: 'First Platypus Bank' }).first();
    const name = this.words(...keys);
    return card.getByRole('link', { name }).or(card.getByRole('button', { name })).first();
  }

  /** Waits for the text, or says what stands there instead. */
  async sees(...keys) {
    await this.text(...keys).waitFor();
  }

  inMenu(key) {
    return this.page.getByRole('navigation').getByRole('link', { name: this.words(key) });
  }

  // --- in the books ---

  async logIn(person = people.admin) {
    const { page, hands } = this;
    await hands.fill(page.getByLabel('Name'), person.name);
    await hands.fill(page.getByLabel('Password'), person.password);
    await hands.press(page.getByRole('button', { name: 'Log in', exact: true }));
    await page.getByRole('link', { name: 'Bank feeds' }).waitFor();
  }

  /** To a page of the console ("#/held"), by its address. */
  goTo(hash) {
    return this.page.goto(`${this.admin.world.url}/plugins/plaid/console/${hash}`);
  }

  /** Logs in, and goes to the console without a look at the books. */
  async enter(person = people.admin) {
    await this.page.goto(this.admin.world.url);
    await this.logIn(person);
    await this.goTo('');
    await this.heading('connections.title', 'connections.empty.title').waitFor();
  }

  async enterThroughTheBooks() {
    const { page, hands } = this;
    await page.goto(this.admin.world.url);
    await this.screen.look('ledgerd-login', { englishAlone: true });
    await this.logIn();
    await hands.press(page.getByRole('link', { name: 'Bank feeds' }));
    await page.getByRole('link', { name: 'Open the console' }).waitFor();
    await this.screen.look('ledgerd-feeds', { englishAlone: true });
    await hands.press(page.getByRole('link', { name: 'Open the console' }));
    await this.heading('connections.empty.title').waitFor();
    await this.screen.look('connections-empty');
  }

  // --- at the bank ---

  /** Through the bank's pages; `ticks` are the accounts to share, none for a login alone. `looks`: these pages are looked at too. */
  async atTheBank({ first = false, ticks = null, looks = true }) {
    const { page, hands } = this;
    const look = async (name) => {
      if (looks) await this.screen.look(name, { englishAlone: true });
    };
    if (first) {
      await page.getByRole('heading', { name: 'Choose your bank' }).waitFor();
      await look('bank-choose');
      await hands.press(page.getByRole('button', { name: /First Platypus Bank/ }));
    }
    await page.getByLabel('Password').waitFor();
    if (first) await look('bank-login');
    await hands.fill(page.getByLabel('Username'), 'user_good');
    await hands.fill(page.getByLabel('Password'), 'pass_good');
    await hands.press(page.getByRole('button', { name: 'Log in', exact: true }));
    if (ticks !== null) {
      await page.getByRole('heading', { name: 'Choose accounts to share' }).waitFor();
      for (const box of await page.getByRole('checkbox').all()) {
        const name = await box.evaluate((one) => one.labels[0].querySelector('strong').textContent);
        await hands.tick(box, ticks.includes(name));
      }
      await look(first ? 'bank-accounts' : 'bank-more-accounts');
      await hands.press(page.getByRole('button', { name: 'Continue', exact: true }));
    }
    await page.getByRole('heading', { name: 'Is this right?' }).waitFor();
    await hands.press(page.getByRole('button', { name: 'Finish', exact: true }));
  }

  // --- the story ---

  async connect() {
    const { hands, screen } = this;
    await hands.press(this.control('connections.connect'));
    await this.heading('link.connect.title').waitFor();
    await screen.look('connect');
    await hands.press(this.button('link.connect.begin'));
    await this.atTheBank({ first: true, ticks: ['Checking', 'Savings'] });
    await this.heading('review.new.heading').waitFor();
    await this.row('Checking').waitFor();
    await this.row('Savings').waitFor();
    const overview = await this.admin.overview();
    this.admin.connectionId = overview.connections[0].id;
    await screen.look('review-first');
  }

  /** What is decided about a bank account. */
  row(name) {
    return this.page.getByRole('group', { name: this.words('review.choice', {}) }).and(this.page.getByRole('group', { name: new RegExp(name) }));
  }

  choice(name, choice) {
    return this.row(name).getByRole('radio', { name: this.words(`review.choice.${choice}`) });
  }

  picker(name) {
    return this.row(name).getByRole('combobox', { name: this.words('review.picker') });
  }

  apply() {
    return this.hands.press(this.page.getByRole('region', { name: this.words('review.summary') }).getByRole('button').last());
  }

  async untilBooked(picture) {
    await this.heading('progress.title').waitFor();
    await this.text('progress.done', 'progress.done_from_start', 'progress.done_posted', 'progress.rows_held').waitFor();
    await this.screen.look(picture);
  }

  async decideFirst() {
    const { hands, screen } = this;
    await hands.choose(this.choice('Checking', 'new'));
    await hands.choose(this.choice('Savings', 'existing'));
    await hands.select(this.picker('Savings'), this.ledgerName('Savings book'));
    await screen.look('review-draft');
    await this.apply();
    await this.untilBooked('progress-done');
    await hands.press(this.page.getByRole('main').getByRole('link', { name: this.words('app.back') }).last());
    await this.heading('connections.title').waitFor();
    await this.sees('status.current');
    await screen.look('connections');
  }

  /** The name that the books gave an account. */
  ledgerName(name) {
    return this.ledgers.find((one) => one.endsWith(name)) ?? name;
  }

  /** The bank opens three accounts; Plaid only says that there are some. */
  async newAccounts() {
    const { admin, hands, screen } = this;
    const { login_id: login } = (await admin.bank.state()).items.find((one) => !one.removed);
    const made = { login_id: login, type: 'depository', subtype: 'savings', currency: 'USD', opening_balance: '0' };
    await admin.bank.openAccount({ ...made, name: 'Event Fund', mask: '2222', generate: { days: 80, per_day: 3, seed: 7 } });
    await admin.bank.openAccount({ ...made, name: 'Emergency Fund', mask: '3333', history: [
      { day: -20, amount: '-500.00', name: 'First deposit' }, { day: -6, amount: '-125.50', name: 'Standing order' }] });
    await admin.bank.openAccount({ ...made, name: 'Holiday Fund', mask: '4444', history: [
      { day: -9, amount: '-80.00', name: 'Savings plan' }, { day: -2, amount: '14.999', name: 'Ferry ticket, deposit' }] });
    await this.sees('notice.new_accounts');
    await screen.look('connections-notice');
    await hands.press(this.control('action.choose'));
    await this.heading('link.add.title').waitFor();
    await this.heading('link.add.connected').waitFor();
    await screen.look('add-accounts');
    await hands.press(this.button('link.add.begin'));
    await this.atTheBank({ ticks: ['Checking', 'Savings', 'Event Fund', 'Emergency Fund', 'Holiday Fund'] });
    await this.heading('review.new.heading').waitFor();
    for (const name of ['Event Fund', 'Emergency Fund', 'Holiday Fund']) await this.row(name).waitFor();
    await screen.look('review');
  }

  /** A start date that would book twice is said at once; a name that the books have is refused by them; both are mended. */
  async decideWithConflicts() {
    const { hands, screen } = this;
    await hands.choose(this.choice('Event Fund', 'new'));
    const name = this.row('Event Fund').getByLabel(this.words('review.name'));
    await hands.fill(name, 'Rainy days');
    await hands.choose(this.choice('Emergency Fund', 'existing'));
    await hands.select(this.picker('Emergency Fund'), this.ledgerName('Rainy days'));
    await hands.day(this.row('Emergency Fund').getByLabel(this.words('review.start')), day(-25));
    await this.row('Emergency Fund').getByText(this.words.part('conflict.start_before_last_entry')).waitFor();
    await screen.look('review-overlap');
    await hands.press(this.row('Emergency Fund').getByRole('button', { name: this.words('choice.default_start') }));
    await hands.choose(this.choice('Holiday Fund', 'later'));
    await this.apply();
    await this.row('Event Fund').getByText(this.words.part('conflict.name_taken')).waitFor();
    await screen.look('review-refused');
    await hands.fill(name, 'Event Fund');
    await this.apply();
    await this.untilBooked('progress');
  }

  async lookAround() {
    const { hands, screen } = this;
    await hands.press(this.inMenu('nav.held'));
    await this.heading('held.title').waitFor();
    await this.openHeld();
    await screen.look('held');
    await hands.press(this.inMenu('nav.activity'));
    await this.heading('activity.title').waitFor();
    await this.text('audit.account.linked').waitFor();
    await screen.look('activity');
    await hands.press(this.inMenu('nav.health'));
    await this.heading('health.title').waitFor();
    await this.link('health.erase').waitFor();
    await screen.look('health');
    await hands.press(this.link('health.erase'));
    await this.button('erase.open').waitFor();
    await screen.look('erase');
    await hands.press(this.button('erase.open'));
    await this.dialog('erase.title', 'erase.open', 'erase-dialog');
    await hands.press(this.inMenu('nav.connections'));
    await this.heading('connections.title').waitFor();
  }

  /** The way to the books and back; their accounts say what feeds them. */
  async fedInTheBooks() {
    const { hands, page, screen } = this;
    await hands.press(this.link('app.books'));
    await page.getByRole('row').filter({ hasText: 'Savings ••1111' }).getByText('up to date').waitFor();
    await screen.look('ledgerd-accounts-fed', { englishAlone: true });
    await page.goBack();
    await this.heading('connections.title').waitFor();
  }

  async openHeld() {
    const { page } = this;
    const picker = page.getByRole('combobox', { name: this.words('held.account') });
    await picker.waitFor();
    const label = await picker.evaluate((one) => [...one.options].find(({ label: text }) => text.includes('Holiday Fund')).label);
    await this.hands.select(picker, label);
    await page.getByText('Ferry ticket, deposit').waitFor();
  }

  /** A dialog has a name, keeps the focus, ends by Escape, and gives the focus back to what opened it. */
  async dialog(title, opener, picture) {
    const { page, screen } = this;
    const dialog = page.getByRole('dialog', { name: this.words(title) });
    await dialog.waitFor();
    await screen.look(picture);
    for (let i = 0; i < 6; ++i) {
      await page.keyboard.press('Tab');
      const inside = await dialog.evaluate((one) => one.contains(document.activeElement) || document.activeElement === document.body);
      if (!inside) screen.tell(`${picture}: the focus leaves the dialog`);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const back = await this.button(opener).first().evaluate((one) => one === document.activeElement);
    if (!back) screen.tell(`${picture}: the focus does not go back to what opened the dialog`);
  }

  async repair() {
    const { admin, hands, screen } = this;
    const { item_id: item } = (await admin.bank.state()).items.find((one) => !one.removed);
    await admin.bank.call('POST', '/_sim/items/state', { item_id: item, error_code: 'ITEM_LOGIN_REQUIRED' });
    await this.sees('status.needs_user');
    await screen.look('connections-login-needed');
    await hands.press(this.control('action.repair'));
    await this.heading('link.repair.title').waitFor();
    await screen.look('repair');
    await hands.press(this.button('link.repair.begin'));
    await this.atTheBank({});
    await this.heading('connections.title', 'review.title').waitFor();
    if (await this.heading('connections.title').count() === 0) await hands.press(this.page.getByRole('link', { name: this.words('app.back') }).first());
    await this.text('status.needs_user').waitFor({ state: 'detached' });
  }

  /** Leaves the bank's page before the end: nothing has changed, and one can begin again. */
  async leaveTheBank() {
    const { hands, page, screen } = this;
    await hands.press(this.inCard('connections.relink'));
    await this.heading('link.relink.title').waitFor();
    await screen.look('relink');
    await hands.press(this.button('link.connect.begin'));
    await hands.press(page.getByRole('button', { name: 'Leave without finishing' }));
    await this.heading('link.exited.title').waitFor();
    await screen.look('link-left');
    await hands.press(page.getByRole('link', { name: this.words('app.back') }).first());
    await this.heading('connections.title').waitFor();
  }

  async pauseAndResume() {
    const { hands, screen } = this;
    await hands.press(this.inCard('pause.open'));
    await this.inCard('resume.open').waitFor();
    await screen.look('connections-paused');
    await hands.press(this.inCard('resume.open'));
    await this.inCard('pause.open').waitFor();
  }

  async disconnect() {
    const { hands, page, screen } = this;
    await hands.press(this.inCard('disconnect.open'));
    await this.dialog('disconnect.title', 'disconnect.open', 'disconnect-dialog');
    await hands.press(this.inCard('disconnect.open'));
    await hands.press(page.getByRole('dialog').getByRole('button', { name: this.words('disconnect.confirm') }));
    await this.heading('connections.empty.title').waitFor();
    await hands.press(page.locator('summary').filter({ hasText: this.words.part('connections.ended') }));
    await this.sees('status.removed');
    await screen.look('connections-ended');
  }

  /** What the books have of it all. */
  async inTheBooks() {
    const { admin, hands, page, screen } = this;
    await hands.press(this.link('app.books'));
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await page.getByText('First Platypus Bank').count(), 0, 'nothing feeds them any more');
    await screen.look('ledgerd-accounts', { englishAlone: true });
    await hands.press(page.getByRole('link', { name: 'Journal' }));
    await page.getByRole('heading', { name: 'Journal' }).waitFor();
    await screen.look('ledgerd-journal', { englishAlone: true });
    await admin.checkTrialBalance();
    assert.ok(screen.visited.length >= 20, 'every screen was visited');
  }
}

/** Two ledger accounts with a past of their own, up to ten days ago, which is what the bank had then. */
export async function writeBooks(admin) {
  const equity = await admin.addAccount('Brought forward', 'equity');
  const { current: savings } = await admin.bank.account('Savings');
  for (const [name, amount] of [['Savings book', savings], ['Rainy days', '500']]) {
    const account = await admin.addAccount(name);
    await admin.books.basic('POST', '/api/entries', {
      date: day(-10), description: `${name}, brought forward`,
      postings: [{ account, amount }, { account: equity, amount: `-${amount}` }],
    });
  }
}

/**
 * Somebody goes through the console. `how`: {name, language, size, hands, pictured} of the screen; `world`: what administrator()
 * takes, or what makes it of the folder; `prepare` lets happen what has happened before. `parts` gets `step`, the walk, and
 * `another`, which opens the screen of somebody else. What was amiss on any screen is told at the end.
 */
export function walkThrough(title, how, { world = {}, prepare = () => undefined }, parts) {
  journey(title, async (step, folder, t) => {
    const admin = administrator(folder, typeof world === 'function' ? await world(folder) : world);
    const browser = await startBrowser();
    const screens = [];
    const another = async (own) => {
      const screen = await Screen.open(browser, own);
      screens.push(screen);
      return Walk.begin(admin, screen, new own.hands(screen.page, screen.faults));
    };
    try {
      await admin.world.start();
      await admin.enter();
      await prepare(admin);
      await parts(step, await another(how), another);
      await step('no screen was amiss', () => assert.deepEqual(screens.flatMap(({ faults }) => faults), []), { alone: true });
    } catch (error) {
      for (const screen of screens) t.diagnostic(await screen.photographFailure());
      throw error;
    } finally {
      await browser.close();
    }
  });
}

/** Tells the story once. */
export function walkTheStory(title, how) {
  walkThrough(title, how, { prepare: writeBooks }, async (step, walk) => {
    await step('the books are entered, and the console is empty', () => walk.enterThroughTheBooks());
    await step('a bank is connected through its own page', () => walk.connect());
    await step('two accounts are decided, and their history is in the books', () => walk.decideFirst());
    await step('the bank opens accounts, a notice says so, and they are shared', () => walk.newAccounts());
    await step('conflicts are said, and mended, and the rest is booked', () => walk.decideWithConflicts());
    await step('held transactions, activity and health', () => walk.lookAround());
    await step('the books say what feeds their accounts', () => walk.fedInTheBooks());
    await step('a login that the bank asks for again is repaired', () => walk.repair());
    await step('the bank\'s page is left before the end', () => walk.leaveTheBank());
    await step('the bank rests, and goes on', () => walk.pauseAndResume());
    await step('the bank is disconnected', () => walk.disconnect());
    await step('the books have what the bank had', () => walk.inTheBooks());
  });
}

// The story, walked unattended: real processes, real sockets, real signatures, real databases. Each step is checked.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Administrator } from './administrator.mjs';
import { cents } from './bank.mjs';
import { Refused, until } from './books.mjs';
import { run } from './processes.mjs';
import { World } from './world.mjs';

const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

class Story extends Administrator {
  constructor(options) {
    // Polling is far away until the last step, so that it cannot hide a webhook that does not work.
    super(new World({ ...options, settings: { poll_interval_seconds: '86400' } }));
    this.began = Date.now();
  }

  step(text) {
    console.log(`${((Date.now() - this.began) / 1000).toFixed(1).padStart(5)} s  ${text}`);
  }

  async startWorld() {
    await this.world.start();
    await this.enter();
    this.step('the simulated bank and ledgerd are up');
  }

  /** Savings has a past in the books, written by hand until a month ago. */
  async writeSavingsByHand() {
    const savings = await this.bank.account('Savings');
    const last = day(-30);
    const known = savings.rows.filter((row) => !row.pending && row.date <= last);
    assert.ok(known.length > 0, 'the bank has older rows of Savings');
    this.savingsBook = await this.addAccount('Savings book');
    const equity = { id: await this.addAccount('Brought forward', 'equity') };
    const negated = (text) => (text.startsWith('-') ? text.slice(1) : `-${text}`);
    const enter = (date, description, amount) => this.books.basic('POST', '/api/entries', {
      date,
      description,
      postings: [{ account: this.savingsBook, amount }, { account: equity.id, amount: negated(amount) }],
    });
    await enter(day(-120), 'Savings, brought forward', savings.opening_balance);
    for (const row of known) await enter(row.date, row.name, negated(row.amount_text));
    this.lastByHand = known.map((row) => row.date).sort().at(-1);
    this.rainyDays = await this.addAccount('Rainy days');
    this.step(`${known.length + 1} entries of Savings are written by hand, the last on ${this.lastByHand}`);
  }

  // --- the steps ---

  async connect() {
    const session = await this.link('connect', ['Checking', 'Savings']);
    this.connectionId = session.connection_id;
    this.step('1. First Platypus Bank is connected, with Checking and Savings');

    const review = await until('the review to know the books', async () => {
      const now = await this.waitForAccounts(['Checking', 'Savings']);
      const book = now.ledger_accounts.find((account) => account.id === this.savingsBook);
      return book?.last_entry_on === this.lastByHand ? now : null;
    });
    const row = (name) => review.accounts.find((one) => one.account.name === name);
    const savingsDefault = new Date(Date.parse(this.lastByHand) + 86_400_000).toISOString().slice(0, 10);
    await this.books.console('POST', `connections/${this.connectionId}/review`, {
      decisions: [
        { bank_account_id: row('Checking').account.id, choice: 'new', name: 'Platypus Checking', start_date: null, opening_balance: true },
        { bank_account_id: row('Savings').account.id, choice: 'existing', ledger_account_id: this.savingsBook, start_date: savingsDefault },
      ],
    });
    await this.waitUntilDelivered(['Checking', 'Savings']);
    assert.deepEqual(await this.checkBalances(), ['Checking', 'Savings']);
    const suspense = (await this.books.accounts()).accounts.filter((account) => /suspense/i.test(account.name));
    assert.ok(suspense.some((account) => cents(account.balance) !== 0n), 'booked against suspense');
    this.step('   90 days are booked against suspense; both ledger accounts equal the bank, to the cent');
  }

  async openSubAccounts() {
    const item = (await this.bank.state()).items.find((one) => !one.removed);
    this.item = item;
    await this.bank.enableWebhooks(true);
    await this.bank.openAccount({
      login_id: item.login_id, name: 'Event Fund', type: 'depository', subtype: 'savings', mask: '2222', currency: 'USD',
      opening_balance: '250.00', generate: { days: 89, per_day: 60, seed: 7 },
    });
    await this.bank.openAccount({
      login_id: item.login_id, name: 'Emergency Fund', type: 'depository', subtype: 'savings', mask: '3333', currency: 'USD',
      opening_balance: '0', history: [
        { day: -20, amount: '-500.00', name: 'First deposit' },
        { day: -6, amount: '-125.50', name: 'Standing order' },
      ],
    });
    const shared = await this.accountsAtPlaid();
    assert.deepEqual(shared.sort(), ['Checking', 'Savings']);
    this.step('2. the bank has opened Event Fund and Emergency Fund; /accounts/get does not show them');
  }

  async accountsAtPlaid() {
    const answer = await fetch(`${this.world.api}/accounts/get`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'plaid-client-id': 'simulator-client', 'plaid-secret': 'simulator-secret-0000' },
      body: JSON.stringify({ access_token: this.item.access_token }),
    });
    return (await answer.json()).accounts.map((account) => account.name);
  }

  async notice() {
    await until('the notice', async () => (await this.notices('new_accounts')).length === 1);
    await this.bank.settle();
    const arrived = (await this.bank.webhooks()).filter((one) => one.code === 'NEW_ACCOUNTS_AVAILABLE');
    assert.ok(arrived.length >= 1 && arrived.every((one) => one.status === 200), 'signed, stored and answered 200');
    for (let i = 0; i < 3; ++i) assert.equal((await this.bank.resend(arrived[0].index)).status, 200);
    for (const kind of ['bad_signature', 'wrong_body_hash', 'unknown_kid', 'no_header', 'alg_none', 'stale']) {
      assert.equal((await this.bank.forge(this.item.item_id, kind)).status, 401, `forged: ${kind}`);
    }
    await this.bank.settle();
    assert.equal((await this.notices('new_accounts')).length, 1);
    const { entries } = await this.books.console('GET', 'activity');
    const told = entries.filter((entry) => entry.action === 'notice.opened' && entry.detail.kind === 'new_accounts');
    assert.equal(told.length, 1, 'one audit entry');
    this.step('3. NEW_ACCOUNTS_AVAILABLE came and came again, and forged: one notice, one audit entry, six forgeries refused');
  }

  async share() {
    const names = ['Checking', 'Savings', 'Event Fund', 'Emergency Fund'];
    await this.link('add_accounts', names, this.connectionId, async () => {
      await until('INITIAL_UPDATE before the session ends', async () =>
        (await this.bank.webhooks()).some((one) => one.code === 'INITIAL_UPDATE' && one.status === 200 && one.at > this.sharedAt));
    });
    const webhooks = await this.bank.webhooks();
    const last = (code) => webhooks.filter((one) => one.code === code).at(-1);
    assert.ok(last('INITIAL_UPDATE'), 'INITIAL_UPDATE was sent');
    this.step('4. both are shared in update mode; INITIAL_UPDATE came before the session ended, and nothing is lost by it');
  }

  async decide() {
    const review = await this.waitForAccounts(['Event Fund', 'Emergency Fund']);
    const row = (name) => review.accounts.find((one) => one.account.name === name);
    const held = await until('the early rows of Event Fund to be held', async () => {
      const now = (await this.connection()).accounts.find((one) => one.name === 'Event Fund');
      return now.held > 5000 ? now.held : null;
    });
    this.eventFund = row('Event Fund').account.id;
    assert.deepEqual(review.accounts.map((one) => one.is_new).sort(), [false, false, true, true], 'old beside new');
    const event = { bank_account_id: row('Event Fund').account.id, choice: 'new', name: 'Event Fund', start_date: null, opening_balance: true };
    const emergency = { bank_account_id: row('Emergency Fund').account.id, choice: 'existing', ledger_account_id: this.savingsBook, start_date: null };
    const refused = await this.books
      .console('POST', `connections/${this.connectionId}/review`, { decisions: [event, emergency] })
      .then(() => assert.fail('the taken account was accepted'), (error) => { if (error instanceof Refused) return error; throw error; });
    assert.equal(refused.status, 409);
    const conflict = refused.body.error.params.conflicts.find((one) => one.bank_account_id === emergency.bank_account_id);
    assert.equal(conflict.code, 'ledger_account_taken');
    await this.books.console('POST', `connections/${this.connectionId}/review`, {
      decisions: [event, { ...emergency, ledger_account_id: this.rainyDays }],
    });
    this.step(`5. ${held} rows wait for a decision; the conflict is said ("${conflict.params.ledger_account}" is fed by ${conflict.params.fed_by}) and solved by another choice`);
  }

  async killInTheMiddle() {
    // Asked as fast as the console answers: the whole flow takes about a second.
    const middle = await until('the flow of Event Fund to begin', async () => {
      const progress = await this.books.console('GET', `connections/${this.connectionId}/progress`);
      const now = progress.accounts.find((one) => one.bank_account_id === this.eventFund);
      return now && now.done > 0 ? now : null;
    }, 20_000, 0);
    await this.world.ledgerd.stop('SIGKILL');
    assert.ok(middle.delivered < middle.total, `it was killed in the middle, at ${JSON.stringify(middle)}`);
    await this.world.startLedgerd();
    await this.books.login();
    await this.waitUntilDelivered(['Checking', 'Savings', 'Event Fund', 'Emergency Fund'], 40_000);
    await until('the notices to clear', async () => {
      const { notices } = await this.overview();
      return notices.every((one) => !['new_accounts', 'accounts_to_decide'].includes(one.kind));
    });
    this.step(`6. ledgerd was killed when ${middle.done} of ${middle.total} rows were released and started again: all history is in, the notice is gone`);
  }

  async checkEnd() {
    const equal = await this.checkBalances();
    assert.equal(equal.length, 4);
    await this.checkTrialBalance();
    const file = join(this.world.folder, 'books.journal');
    await writeFile(file, await this.exported());
    await run('hledger', ['check', '--strict', '-f', file]);
    this.step('7. four fed accounts equal the bank to the cent; trial balance is zero; hledger check --strict accepts the export');

    const before = await this.fingerprint();
    const seen = (await this.bank.webhooks()).filter((one) => one.status === 200 && one.type !== '' && one.jwt);
    for (const webhook of seen) assert.equal((await this.bank.resend(webhook.index)).status, 200);
    await this.books.console('POST', `connections/${this.connectionId}/sync`, {});
    await this.quiet();
    assert.equal(await this.fingerprint(), before, 'nothing changed');
    this.step(`   ${seen.length} webhooks once more and a sync changed nothing`);
  }

  async poll() {
    await this.bank.enableWebhooks(false);
    await this.world.ledgerd.stop();
    Object.assign(this.world.settings, { webhooks: 'off', poll_interval_seconds: '2' });
    await this.world.startLedgerd();
    await this.books.login();
    const checking = await this.bank.account('Checking');
    await this.bank.transactions(checking.account_id, [
      { op: 'add', amount: '19.90', name: 'Found by polling' },
      { op: 'add', amount: '-7.05', name: 'Refund found by polling' },
    ]);
    const expected = cents((await this.bank.account('Checking')).current);
    const fed = (await this.connection()).accounts.find((one) => one.name === 'Checking').link.ledger_account_id;
    await until('polling to bring the new transactions', async () => cents((await this.ledgerAccount(fed)).balance) === expected, 15_000);
    await this.checkTrialBalance();
    this.step('   with webhooks switched off, polling brought two new transactions');
  }

  async tell() {
    await this.startWorld();
    await this.writeSavingsByHand();
    await this.connect();
    await this.openSubAccounts();
    await this.notice();
    this.sharedAt = (await this.bank.webhooks()).at(-1).at;
    await this.share();
    await this.decide();
    await this.killInTheMiddle();
    await this.checkEnd();
    await this.poll();
    console.log('story complete');
  }
}

export function tellStory(options) {
  return new Story(options).tell();
}

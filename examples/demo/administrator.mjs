// What an administrator does in the console and reads in the books, unattended; and the proof that both agree with the bank.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Bank, cents } from './bank.mjs';
import { Books, GaveUp, until } from './books.mjs';
import { run } from './processes.mjs';
import { people } from './world.mjs';

export class Administrator {
  constructor(world) {
    this.world = world;
  }

  /** Once the world has started; again after a restart of ledgerd, which forgets its logins. */
  async enter() {
    this.bank = new Bank(this.world.control);
    this.books = new Books(this.world.url, people.admin);
    await this.books.login();
  }

  overview() {
    return this.books.console('GET', 'overview');
  }

  async connection() {
    return this.books.console('GET', `connections/${this.connectionId}`);
  }

  async notices(kind) {
    return (await this.overview()).notices.filter((notice) => notice.kind === kind);
  }

  async addAccount(name, type = 'asset') {
    const made = await this.books.basic('POST', '/api/accounts', { name, type, currency: 'USD', feedable: type === 'asset' });
    return String(made.id);
  }

  /** Begins a link session; its id. */
  async beginLink(purpose, connectionId) {
    const wanted = { purpose, ...(connectionId ? { connection_id: connectionId } : {}) };
    return (await this.books.console('POST', 'link-sessions', wanted)).id;
  }

  linkSession(id) {
    return this.books.console('GET', `link-sessions/${id}`);
  }

  /** The Link token of a session, once the bank's page is there. */
  async linkToken(id) {
    const url = await until('the address of the bank\'s page', async () => {
      const now = await this.linkSession(id);
      if (now.state === 'failed') throw new GaveUp(`link session failed: ${JSON.stringify(now.error)}`);
      return now.hosted_url;
    });
    return this.bank.linkToken(url);
  }

  async linkDone(id) {
    return until('the link session to end', async () => {
      const now = await this.linkSession(id);
      if (['failed', 'expired', 'exited', 'duplicate'].includes(now.state)) throw new GaveUp(`link session ${JSON.stringify(now)}`);
      return now.state === 'done' ? now : null;
    });
  }

  /** Runs a link session through the bank's pages, headless. */
  async link(purpose, selected, connectionId, between) {
    const id = await this.beginLink(purpose, connectionId);
    const token = await this.linkToken(id);
    if (between) {
      await this.bank.completeLink(token, { selected, stop_after: 'selection' });
      await between();
    }
    await this.bank.completeLink(token, { selected });
    return this.linkDone(id);
  }

  async review() {
    return this.books.console('GET', `connections/${this.connectionId}/review`);
  }

  async waitForAccounts(names) {
    return until(`the review to show ${names.join(', ')}`, async () => {
      const review = await this.review();
      const shown = review.accounts.map((row) => row.account.name);
      return names.every((name) => shown.includes(name)) ? review : null;
    });
  }

  async waitUntilDelivered(names, milliseconds = 30_000) {
    return until(`the history of ${names.join(', ')} to be in the books`, async () => {
      const progress = await this.books.console('GET', `connections/${this.connectionId}/progress`);
      const connection = await this.connection();
      const all = names.every((name) => {
        const account = connection.accounts.find((one) => one.name === name);
        const row = progress.accounts.find((one) => one.bank_account_id === account.id);
        return row?.phase === 'done';
      });
      return all && progress.phase === 'done' ? progress : null;
    }, milliseconds);
  }

  async ledgerAccount(id) {
    return (await this.books.accounts()).accounts.find((account) => String(account.id) === String(id));
  }

  /** Every fed ledger account equals the bank's balance, to the cent. */
  async checkBalances() {
    const connection = await this.connection();
    const seen = [];
    for (const account of connection.accounts.filter((one) => one.link)) {
      const truth = await this.bank.account(account.name);
      const book = await this.ledgerAccount(account.link.ledger_account_id);
      assert.equal(cents(book.balance), cents(truth.current), `${account.name}: ledger and bank`);
      seen.push(account.name);
    }
    return seen;
  }

  async checkTrialBalance() {
    const totals = {};
    for (const line of (await this.books.basic('GET', '/api/trial-balance')).lines) {
      totals[line.currency] = (totals[line.currency] ?? 0n) + cents(line.amount);
    }
    assert.ok(Object.keys(totals).length > 0, 'the trial balance has lines');
    for (const [currency, total] of Object.entries(totals)) assert.equal(total, 0n, `trial balance of ${currency}`);
  }

  /** What the books hold, as one word. */
  async fingerprint() {
    const journal = await this.exported();
    return createHash('sha256').update(journal).digest('hex');
  }

  exported() {
    return run(this.world.built.ledgerd, ['export', '--hledger', '--config', this.world.config]);
  }

  /** Until no job is under way for the connection. */
  async quiet() {
    await until('the connection to be idle', async () => (await this.connection()).activity === 'idle');
  }
}

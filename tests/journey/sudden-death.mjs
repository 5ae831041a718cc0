// ledgerd is killed at random moments while it connects and syncs, and started again each time.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { GaveUp, Refused, until } from '../../examples/demo/books.mjs';
import { administrator, inStep, journey, sequence } from './scene.mjs';

const deaths = 20;

/** An administrator who does not give up: whatever fails is looked at again, and gone on with. */
class Patient {
  constructor(admin) {
    this.admin = admin;
    this.linksBegun = 0;
    this.at = 'start'; // what it is at, for the record
    this.done = false;
  }

  /** One thing that is to be done next; false when there is nothing left. */
  async step() {
    const { admin } = this;
    if (!this.inside) {
      await admin.books.login();
      this.inside = true;
    }
    this.at = this.session ? this.session.purpose : 'look';
    if (this.session) return this.follow();
    const { connections } = await admin.overview();
    assert.ok(connections.length < 2, 'one connection, however often it was tried');
    if (connections.length === 0) return this.begin('connect', ['Checking', 'Large']);
    admin.connectionId = connections[0].id;
    const review = await admin.review();
    const open = review.accounts.filter((row) => row.account.decision === 'open');
    this.at = 'decide';
    if (open.length > 0) return this.decide(open);
    this.at = 'flow';
    const names = review.accounts.map((row) => row.account.name);
    if (names.length < 2) return pause(20, true);
    if (!this.opened) {
      this.opened = true;
      await admin.bank.openAccount({ login_id: this.loginId, name: 'Event Fund', type: 'depository', subtype: 'savings', mask: '7777', currency: 'USD',
        opening_balance: '75.25', generate: { days: 30, per_day: 8, seed: 11 } });
    }
    if (!names.includes('Event Fund')) return this.shared ? pause(20, true) : this.begin('add_accounts', ['Checking', 'Large', 'Event Fund'], admin.connectionId);
    const progress = await admin.books.console('GET', `connections/${admin.connectionId}/progress`);
    return progress.phase !== 'done' || progress.accounts.length < 3 || progress.accounts.some((one) => one.phase !== 'done');
  }

  async begin(purpose, selected, connectionId) {
    this.session = { id: await this.admin.beginLink(purpose, connectionId), purpose, selected, completed: false };
    ++this.linksBegun;
    return true;
  }

  async follow() {
    const { session } = this;
    const now = await this.admin.linkSession(session.id);
    if (now.state === 'open' && !session.completed && now.hosted_url) {
      await this.admin.bank.completeLink(await this.admin.bank.linkToken(now.hosted_url), { selected: session.selected });
      session.completed = true;
      if (session.purpose === 'add_accounts') this.shared = true;
      return true;
    }
    const over = ['done', 'failed', 'exited', 'expired'].includes(now.state);
    // The address is shown only to the login that began the session, and that login died with the process.
    const orphaned = !session.completed && now.state === 'open' && !now.hosted_url;
    if (over || orphaned) this.session = null;
    if (now.state === 'failed') assert.equal(now.error.code, 'link.exchange_lost', JSON.stringify(now.error));
    return pause(20, true);
  }

  async decide(rows) {
    await this.admin.books.console('POST', `connections/${this.admin.connectionId}/review`, {
      decisions: rows.map((row) => ({ bank_account_id: row.account.id, choice: 'new', name: `Platypus ${row.account.name}`, start_date: null, opening_balance: true })),
    }).catch((error) => {
      // The answer to the first time may have died on the way.
      if (!(error instanceof Refused) || error.status !== 409) throw error;
    });
    return true;
  }

  async run() {
    while (!this.stopping) {
      try {
        if (!(await this.step())) {
          this.done = true;
          await pause(50);
        }
      } catch (error) {
        if (error.code === 'ERR_ASSERTION' || error instanceof GaveUp) throw error;
        if (error instanceof Refused && error.status < 500 && ![401, 403, 404].includes(error.status)) throw error;
        this.inside = false; // ledgerd is gone, or new
        await pause(20);
      }
    }
  }
}

journey('ledgerd dies twenty times while it connects and syncs; books and bank are equal to the cent', async (step, folder, t) => {
  const seed = Number(process.env.BANKFEED_SEED ?? randomInt(1, 1_000_000_000));
  t.diagnostic(`seed ${seed}: BANKFEED_SEED=${seed} repeats the moments`);
  const random = sequence(seed);
  const admin = administrator(folder);
  const { world } = admin;
  await world.start();
  await admin.enter();
  const checking = await admin.bank.account('Checking');
  const loginId = checking.login_id ?? (await admin.bank.state()).logins[0].login_id;
  await admin.bank.call('POST', '/_sim/webhooks/enabled', { enabled: true, give_up_rule: false });
  await admin.bank.openAccount({ login_id: loginId, name: 'Large', type: 'depository', subtype: 'checking', mask: '5555', currency: 'USD',
    opening_balance: '1000.10', generate: { days: 60, per_day: 25, seed: 5 } });

  const patient = new Patient(admin);
  patient.loginId = loginId;
  const running = patient.run();
  const moments = [];
  for (let i = 0; i < deaths; ++i) {
    // Short lives at first, so that it dies while it connects; longer ones for the long history.
    const wait = Math.floor(i < 8 ? 50 + random() * 450 : random() * random() * 1500);
    await Promise.race([pause(wait), running]);
    await admin.bank.transactions(checking.account_id, [
      { op: 'add', amount: `${3 + i}.${10 + i}`, name: `Between death ${i} and the next` }]);
    await pause(Math.floor(random() * 40));
    await world.ledgerd.stop('SIGKILL');
    moments.push(`${patient.at} ${wait}`);
    await world.startLedgerd();
  }
  t.diagnostic(`it was killed at, after ms: ${moments.join(', ')}; ${patient.linksBegun} link sessions were begun`);
  await Promise.race([until('everything to be connected, decided and delivered', async () => patient.done, 60_000), running]);
  patient.stopping = true;
  await running;

  await admin.enter();
  await inStep(admin);
  assert.deepEqual((await admin.checkBalances()).sort(), ['Checking', 'Event Fund', 'Large']);
  const { connections, notices } = await admin.overview();
  assert.deepEqual(connections.map((one) => one.state), ['healthy']);
  assert.deepEqual(notices.map((one) => one.kind), []);
  for (const account of connections[0].accounts.filter((one) => one.link)) {
    const { rows } = await admin.bank.account(account.name);
    assert.equal(account.booked, rows.filter((row) => !row.pending).length, `${account.name}: as many as the bank has`);
  }
  const fed = (await admin.books.accounts()).accounts.filter((one) => /Platypus/.test(one.name));
  assert.equal(fed.length, 3, 'no ledger account was made twice');
});

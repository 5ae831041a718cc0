// Canned states by name. Each is a fresh world that the dev server then changes as it is asked to.

import { account, at, connection, fedBy, ledger, linked, money, notice, reviewRow } from './shapes.mjs';

function world(more = {}) {
  return {
    can: { view: true, link: true, operate: true },
    connections: [], notices: [], ledgers: [], rows: [], arriving: [], sessions: new Map(),
    progress: null, fault: null, refusal: null, loses: '', books: 'https://books.example/', ...more,
  };
}

/** The product's story: new accounts at a healthy bank, from the notice to the books. */
function story() {
  const checkingLedger = ledger('Assets:Bank:Checking');
  const savingsLedger = ledger('Assets:Bank:Savings', { balance: money(2150000) });
  const checking = linked('Plaid Checking', '0000', checkingLedger, { official_name: 'Plaid Gold Standard 0% Interest Checking' });
  const savings = linked('Plaid Saving', '1111', savingsLedger, { subtype: 'savings', balance: money(2150025), booked: 12, pending: 0, before_start: 3 });
  const bank = connection('First Platypus Bank', { new_accounts: true, accounts: [checking, savings] });
  checkingLedger.fed_by = fedBy(checking, bank.institution);
  savingsLedger.fed_by = fedBy(savings, bank.institution);
  const payrollLedger = ledger('Assets:Bank:Payroll', { balance: money(431200) });
  const cardLedger = ledger('Liabilities:Credit Card', { type: 'liability', balance: money(-41000), last_entry_on: '2026-11-02' });
  const raced = ledger('Assets:Bank:Reserve', { last_entry_on: null, balance: money(0) });
  const fresh = { first_seen_at: at(-1), origin: 'add_accounts' };
  const payroll = account('Payroll', '3333', { ...fresh, balance: money(431200), held: 14 });
  const fund = account('Event Fund', '2222', { ...fresh, subtype: 'savings', balance: money(250000), held: 6 });
  const card = account('Platypus Rewards Card', '4444', { ...fresh, type: 'credit', subtype: 'credit card', balance: money(-41000), held: 37 });
  const plan = account('Pension plan', '6666', { ...fresh, type: 'investment', subtype: '401k', balance: money(2363198), feedable: false });
  return world({
    connections: [bank],
    notices: [notice('new_accounts', 'info', bank.id, { institution: bank.institution })],
    ledgers: [checkingLedger, savingsLedger, payrollLedger, cardLedger, raced,
      ledger('Assets:Bank:Euro', { currency: 'EUR' }), ledger('Assets:Bank:Old', { open: false })],
    rows: [reviewRow(checking), reviewRow(savings)],
    arriving: [
      reviewRow(payroll, { proposal: { choice: 'existing', ledger_account_id: payrollLedger.id, evidence: ['same_name'], automatic: false }, start_date_default: '2026-09-01' }),
      reviewRow(fund, { proposal: { choice: 'new', name: 'Assets:Bank:Event Fund', evidence: [], automatic: false } }),
      reviewRow(card, { proposal: { choice: 'existing', ledger_account_id: cardLedger.id, evidence: ['similar_name'], automatic: false }, start_date_default: '2026-11-03' }),
      reviewRow(plan),
    ],
    racedLedger: raced.id,
  });
}

/** The story at the review, with the accounts there. */
function review() {
  const made = story();
  const [bank] = made.connections;
  bank.new_accounts = false;
  bank.to_decide = 4;
  made.rows.push(...made.arriving.splice(0));
  bank.accounts = made.rows.map((row) => row.account);
  const aside = account('Petty cash', '5555', { decision: 'aside', held: 2 });
  bank.accounts.push(aside);
  made.rows.push(reviewRow(aside, { is_new: false, proposal: { choice: 'new', name: 'Petty cash', evidence: [], automatic: false } }));
  made.notices = [notice('accounts_to_decide', 'info', bank.id, { institution: bank.institution, count: 4 })];
  return made;
}

/** The review after a re-link: the old accounts are gone, the new ones take their places. */
function relink() {
  const made = review();
  const [first, second] = made.rows;
  Object.assign(first.account, { state: 'not_shared', missing_since: at(-60 * 24 * 3) });
  Object.assign(second.account, { state: 'missing', missing_since: at(-60) });
  const elsewhere = { bank_account_id: 'acc_elsewhere', connection_id: 'con_elsewhere', name: 'Fund', mask: '2222', institution: 'Second Bank' };
  const [payroll, fund] = made.rows.filter((row) => row.is_new);
  const here = ({ account: { id, name, mask } }) => ({ bank_account_id: id, connection_id: made.connections[0].id, name, mask, institution: 'First Platypus Bank' });
  payroll.relation = { kind: 're_issued', ...here(first), evidence: ['same_mask_type_currency'] };
  first.successor = { ...here(payroll), feeds: false, since: at(-60) };
  second.successor = { ...elsewhere, feeds: true, since: at(-60 * 5) };
  fund.relation = { kind: 'also_shared', ...elsewhere, evidence: ['same_persistent_id'] };
  fund.proposal = null;
  fund.conflicts = [{ bank_account_id: fund.account.id, code: 'already_linked', params: { fed_by: 'Fund ••2222', institution: 'Second Bank' }, choices: ['later'] }];
  payroll.feed_before = { bank_account_id: first.account.id, ledger_account_id: payroll.proposal.ledger_account_id, from: '2026-06-01', until: '2026-08-31' };
  payroll.start_date_default = '2026-06-01';
  const card = made.rows.find((row) => row.account.name === 'Platypus Rewards Card');
  card.proposal = null;
  card.relation = { kind: 'also_shared', ...elsewhere, name: 'Platypus Rewards Card', mask: '4444', evidence: ['same_mask_type_currency'] };
  card.conflicts = [{
    bank_account_id: card.account.id, code: 'looks_already_linked', choices: ['none', 'later', 'accept_duplicate'],
    params: { fed_by: 'Platypus Rewards Card ••4444', institution: 'Second Bank', ledger_account: 'Liabilities:Credit Card' },
  }];
  return made;
}

/** An account goes on with the feed of an earlier one. */
function continued() {
  const made = review();
  made.rows[0].account.link.continues = true;
  return made;
}

/** Every state of a connection, every kind of notice, and names that mean harm. */
function trouble() {
  const made = world();
  const books = ledger('Assets:Bank:Checking');
  const add = (institution, more) => {
    const one = connection(institution, { accounts: [linked('Checking', '0000', books)], ...more });
    made.connections.push(one);
    return one;
  };
  const login = add('Login Bank', { state: 'needs_user', last_success_at: at(-60 * 26), last_sync: { at: at(-60 * 26), added: 3, modified: 1, removed: 0, held: 2, booked: 1 }, error: { code: 'ITEM_LOGIN_REQUIRED', text: 'the login details of this item have changed', request_id: 'HNTDNrA8F1shFEW' } });
  const slow = add('Slow Savings and Loan of the Middle Counties', { activity: 'waiting', next_try_at: at(9), last_attempt_at: at(-1), error: { code: 'INSTITUTION_DOWN', text: 'this institution is not responding', request_id: 'm8MDnv9okwxFNBV' } });
  const ending = add('Consent Bank', { state: 'expiring', consent_ends_at: at(60 * 24 * 6) });
  const revoked = add('Revoked Bank', { state: 'revoked' });
  const hold = add('Contradiction Bank', { paused: { by: 'Ada Admin', since: '2026-11-20T08:00:00Z' } });
  add('Busy Bank', { activity: 'syncing' });
  add('Brand New Bank', { last_success_at: null, last_attempt_at: null, data_as_of: null, last_sync: null, accounts: [] });
  add('', { state: 'gone' });
  add('Former Bank', { state: 'removed' });
  add('<img src=x onerror=alert(1)>\u202egnihtyna\u202c and a name that goes on and on and on without an end', {
    accounts: [
      linked('VeryLongAccountNameWithoutAnySpaceThatWouldBreakAnyLayoutThatTrustsIt', '0000', ledger('Assets:Current:Bank accounts:Operations:Northern region:Checking account of the events department'), { balance: money('9223372036854775807') }),
      account('', null, { balance: null, balance_as_of: null, held: 1234567 }),
      account('Yen', '77', { currency: 'JPY', balance: money(1250000, 'JPY', 0), state: 'missing', type: 'loan', subtype: 'mortgage', feedable: false, decision: 'aside' }),
      account('Coins', '88', { currency: 'BTC-X', balance: money(-5, 'BTC-X', 8), subtype: 'crypto exchange', held: 3, state: 'not_shared' }),
    ],
  });
  made.notices = [
    notice('setup_wrong', 'error', '', { code: 'INVALID_API_KEYS', text: 'invalid client_id or secret provided' }),
    notice('needs_login', 'error', login.id, { institution: login.institution, code: 'ITEM_LOGIN_REQUIRED' }),
    notice('access_revoked', 'error', revoked.id, { institution: revoked.institution }),
    notice('broken_invariant', 'error', hold.id, {}),
    notice('feed_held', 'error', 'feed_1', { bank_account: 'Checking', bank_account_id: 'acc_1', reason: 'period_closed' }),
    notice('sync_failing', 'warning', slow.id, { institution: slow.institution, code: 'INSTITUTION_DOWN', text: '', request_id: 'm8MDnv9okwxFNBV' }),
    notice('consent_ending', 'warning', ending.id, { institution: ending.institution, ends_at: ending.consent_ends_at }),
    notice('ledger_account_failed', 'warning', 'lnk_1', {
      institution: login.institution, connection_id: login.id, bank_account: 'Event Fund', bank_account_id: 'acc_1', name: 'Event Fund', text: 'The period is closed.',
    }),
    notice('books_changed', 'warning', 'lnk_3', {
      institution: login.institution, connection_id: login.id, bank_account: 'Savings', bank_account_id: 'acc_1', name: 'Assets:Bank:Savings',
    }),
    notice('rows_before_start', 'info', 'acc_1', {
      institution: slow.institution, connection_id: slow.id, bank_account: 'Checking', bank_account_id: 'acc_1', count: 3, first_date: '2026-07-02', last_date: '2026-08-14',
    }),
    notice('opening_outstanding', 'warning', 'lnk_2', {
      institution: slow.institution, connection_id: slow.id, bank_account: 'Checking', bank_account_id: 'acc_1', code: 'opening.no_balance', text: 'The bank names no balance of the account.',
    }),
    notice('access_lost_rows', 'warning', slow.id, { institution: slow.institution, count: 12 }),
    notice('removals_held', 'warning', slow.id, { institution: slow.institution, count: 88 }),
    notice('overlap_held', 'warning', 'acc_1', {
      institution: slow.institution, connection_id: slow.id, bank_account: 'Checking', bank_account_id: 'acc_1', count: 2,
    }),
    notice('rows_not_shown', 'warning', 'acc_1', {
      institution: slow.institution, connection_id: slow.id, bank_account: 'Checking', bank_account_id: 'acc_1', count: 1, first_date: '2026-11-02', last_date: '2026-11-02',
    }),
    notice('rows_moved', 'warning', slow.id, { institution: slow.institution, count: 1 }),
    notice('forged_webhooks', 'warning', '', { count: 37 }),
    notice('entries_forgotten', 'warning', slow.id, { institution: slow.institution, connection_id: slow.id, count: 3 }),
    notice('plugin_restored', 'warning', 'acc_1', {
      institution: slow.institution, connection_id: slow.id, bank_account: 'Checking', bank_account_id: 'acc_1', since: '2026-11-02',
    }),
    notice('account_not_shared', 'warning', 'acc_1', {
      institution: slow.institution, connection_id: slow.id, bank_account: 'Checking', bank_account_id: 'acc_1',
    }),
    notice('merged_away', 'warning', slow.accounts[0].id, { connection_id: slow.id, bank_account: 'Checking', bank_account_id: slow.accounts[0].id, mask: '0000', from: 'Assets:Bank:Old checking', into: books.name }),
    notice('merge_forgotten', 'warning', 'acc_1', { bank_account: 'Checking', bank_account_id: 'acc_1', from: 'Assets:Bank:Old', into: books.name }),
    notice('balance_differs', 'warning', 'acc_1', {
      institution: slow.institution, connection_id: slow.id, bank_account: 'Checking', bank_account_id: 'acc_1', difference: '-12.34', currency: 'USD', since: '2026-11-20T08:00:00Z',
    }),
  ];
  return made;
}

/** Work that does not go on. */
function failing() {
  const made = review();
  made.progress = {
    fixed: {
      phase: 'waiting', fetched: 120,
      accounts: [
        { bank_account_id: made.rows[0].account.id, phase: 'delivering', total: 91, done: 91, before_start: 0, delivered: 40, opening: 'due' },
        { bank_account_id: made.rows[2].account.id, phase: 'waiting_for_account', total: 0, done: 0, before_start: 0, delivered: 0, opening: 'due' },
      ],
      failed: [],
      error: { code: 'plaid.institution_down', text: 'The bank is not available.', request_id: '', next_try_at: at(9) },
    },
  };
  return made;
}

/** All is done, save an account whose ledger account the books did not make. */
function partly() {
  const made = review();
  const [checking, savings, , fund] = made.rows;
  fund.failure = { code: 'not_made', name: 'Event Fund', text: 'an account of this name exists' };
  fund.name_default = 'Event Fund 2';
  fund.proposal = { choice: 'new', name: 'Event Fund 2', evidence: [], automatic: false };
  made.progress = {
    fixed: {
      phase: 'done', fetched: 0, error: null,
      accounts: [
        { bank_account_id: checking.account.id, phase: 'done', total: 7, done: 7, before_start: 2, delivered: 5, opening: 'posted' },
        { bank_account_id: savings.account.id, phase: 'done', total: 12, done: 12, before_start: 0, delivered: 12, opening: 'none' },
      ],
      failed: [{ bank_account_id: fund.account.id, code: 'not_made', name: fund.failure.name, text: fund.failure.text }],
    },
  };
  return made;
}

/** All is done, save what the books do not take now. */
function waits() {
  const made = review();
  const [checking, savings] = made.rows.map((row) => row.account);
  Object.assign(checking, { booked: 0, held: 62, pending: 2 });
  Object.assign(savings, { booked: 89, held: 1, pending: 0 });
  made.progress = {
    fixed: {
      phase: 'done', fetched: 0, error: null, failed: [],
      accounts: [
        { bank_account_id: checking.id, phase: 'done', total: 0, done: 0, before_start: 0, delivered: 0, opening: 'due' },
        { bank_account_id: savings.id, phase: 'done', total: 90, done: 90, before_start: 0, delivered: 90, opening: 'none' },
      ],
    },
  };
  return made;
}

/** Transactions that wait for every reason there is, at two banks, of which one wants its login again. */
function held() {
  const made = world();
  made.heldFor = {};
  const waiting = (account, reasons) => {
    made.heldFor[account.id] = reasons;
    account.held = Object.values(reasons).reduce((sum, count) => sum + count, 0);
    return account;
  };
  const books = ledger('Assets:Bank:Checking');
  const well = connection('First Platypus Bank', {
    accounts: [
      waiting(linked('Plaid Checking', '0000', books, { before_start: 3 }),
        { overlap: 2, rounded: 3, undone: 2, period_closed: 4, account_closed: 1, reconciled: 1, removed: 1 }),
      waiting(account('Payroll', '3333'), { not_linked: 14 }),
    ],
  });
  const login = connection('Second Bank', {
    state: 'needs_user',
    accounts: [waiting(linked('Euro account', '4400', ledger('Assets:Bank:Euro', { currency: 'EUR' }), { currency: 'EUR', pending: 0 }),
      { overflow: 1, no_currency: 1, unknown_currency: 1, currency_differs: 2, not_a_number: 1 })],
  });
  made.connections.push(well, login);
  return made;
}

/** More banks than fit a page, and one with more accounts than fit a card. */
function many() {
  const made = world();
  const books = ledger('Assets:Bank:Checking');
  for (let number = 1; number <= 45; number += 1) {
    const accounts = Array.from({ length: number === 2 ? 17 : 2 }, (_, index) =>
      linked(`Purse ${number}.${index + 1}`, String(1000 + number), books, { held: number === 3 ? 2 : 0 }));
    made.connections.push(connection(`Bank ${String(number).padStart(2, '0')}`, { accounts }));
  }
  const [quiet, , , held, differs, delivering, warned, urgent, last] = made.connections;
  quiet.last_sync = { at: at(-5), added: 0, modified: 0, removed: 0, held: 0, booked: 0 };
  held.feeds_held = 1;
  differs.proofs_differ = 1;
  delivering.undelivered = 12;
  Object.assign(warned, { state: 'expiring', consent_ends_at: at(60 * 24 * 12) });
  Object.assign(urgent, { state: 'expiring', consent_ends_at: at(60 * 24 * 3) });
  last.consent_ends_at = at(60 * 24 * 80);
  Object.assign(made.connections[44], { state: 'removed' });
  made.notices = Array.from({ length: 14 }, (_, index) =>
    notice('accounts_to_decide', 'info', made.connections[index].id, { institution: made.connections[index].institution, count: 1 }));
  return made;
}

export const scenarios = {
  many,
  held,
  empty: () => world(),
  story,
  review,
  relink,
  continued,
  trouble,
  failing,
  partly,
  waits,
  viewer: () => ({ ...review(), can: { view: true, link: false, operate: false } }),
  down: () => world({ fault: { status: 503, code: 'store.busy', text: 'The database is busy.' } }),
  out: () => world({ fault: { status: 401, code: 'console.not_logged_in', text: 'Nobody is logged in.' } }),
};

// Makers of the shapes of docs/console-api.md, for canned states.

let last = 0;
const id = (stem) => `${stem}_${(last += 1).toString().padStart(4, '0')}`;

/** A moment `minutes` from now, as the API writes it. */
export const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+Z$/, 'Z');

export const money = (units, currency = 'USD', exponent = 2) => ({ units, exponent, currency });

export function account(name, mask, more = {}) {
  return {
    id: id('acc'), name, official_name: '', mask, type: 'depository', subtype: 'checking',
    currency: 'USD', balance: money(123456), balance_as_of: at(-12), feedable: true,
    state: 'shared', missing_since: null, origin: 'connect', first_seen_at: at(-60 * 24 * 40), decision: 'open',
    link: null, proof: null, held: 0, pending: 0, booked: 0, before_start: 0, late_before_start: 0, ...more,
  };
}

export function linked(name, mask, ledger, more = {}) {
  return account(name, mask, {
    decision: 'linked',
    booked: 91,
    pending: 2,
    link: {
      id: id('lnk'), ledger_account_id: ledger.id, ledger_account_name: ledger.name,
      start_date: '2026-08-25', state: 'active', linked_at: at(-60 * 24 * 30), linked_by: 'Ada Admin', continues: false,
    },
    ...more,
  });
}

/** A proof of an account that is `linked` here: what of the difference a person removed is known. */
export const proof = (more = {}) => ({
  state: 'proven', reason: '', currency: 'USD', bank: '1234.56', bank_as_of: at(-12), ledger: '1234.56', difference: '0',
  unexplained: '0', since: null, held: '0', pending: '0', pending_included: false, before_start: '0', kept: '0', removed: '0',
  rounding: '0', undelivered: 0, proven_at: at(-11), looked_at: at(-11), ...more,
});

export function ledger(name, more = {}) {
  return {
    id: id('led'), name, type: 'asset', currency: 'USD', exponent: 2, balance: money(98765),
    last_entry_on: '2026-08-31', open: true, fed_by: null, ...more,
  };
}

export function connection(institution, more = {}) {
  return {
    id: id('con'), institution, state: 'healthy', reason: '', paused: null, activity: 'idle',
    last_success_at: at(-5), last_poll_at: null, last_attempt_at: at(-5), data_as_of: at(-42), consent_ends_at: null, end_announced_at: null, outage: null,
    next_try_at: null, error: null, to_decide: 0, new_accounts: false, choose_by: 'add_accounts', bank: { countries: ['US'], oauth: false }, live_balances: null,
    feeds_held: 0, undelivered: 0, proofs_differ: 0, doubles: null, replaces: null, replaced_by: null,
    last_sync: { at: at(-5), added: 3, modified: 1, removed: 0, held: 2, booked: 1 }, accounts: [], ...more,
  };
}

export const notice = (kind, severity, subject, params) =>
  ({
    id: id('ntc'), kind, severity, subject, params, opened_at: at(-30),
    connection_id: subject.startsWith('con_') ? subject : null,
    dismissible: ['rows_before_start', 'opening_missing', 'end_announced', 'rows_not_shown', 'balance_differs', 'account_not_shared', 'merged_away',
      'removals_back', 'merge_forgotten', 'entries_forgotten', 'plugin_restored'].includes(kind),
  });

export const fedBy = (bank, institution) =>
  ({ bank_account_id: bank.id, name: bank.name, mask: bank.mask, institution });

/** A row of the review; what cannot feed carries the conflict that says so. */
export function reviewRow(bank, more = {}) {
  const conflicts = bank.feedable ? [] : [{
    bank_account_id: bank.id, code: 'balances_only',
    params: { reason: 'type', type: bank.type, subtype: bank.subtype }, choices: ['none', 'later'],
  }];
  return {
    account: bank, is_new: bank.decision === 'open', version: `${bank.decision}.0`, decided_by: null, decided_at: null, proposal: null, relation: null, successor: null,
    start_date_default: null, name_default: bank.name, feed_before: null, failure: null, conflicts, ...more,
  };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerable, checksOf, choicesFor, concerns, decidable, decisionsOf, defaultStart, draftOf, filtersOf, firstDraft, narrowed, NO_FILTER, passes, pickable, PICKER_MOST, summaryOf, syncsWhen, verbOf, whatHolds } from '../src/draft';
import { codes } from '../src/codes';
import type { Draft, Filter } from '../src/draft';
import { draftKey, KEPT_DAYS, readDraft, writtenDraft } from '../src/keptDraft';
import type { BankAccount, LedgerAccount, Review, ReviewRow } from '../src/types';
import { healthy } from './shapes';

function account(id: string, more: Partial<BankAccount> = {}): BankAccount {
  return {
    id, name: id, official_name: '', mask: '0000', type: 'depository', subtype: 'savings',
    currency: 'USD', balance: null, balance_as_of: null, feedable: true, state: 'shared', missing_since: null,
    origin: 'add_accounts', first_seen_at: '2026-11-22T00:00:00Z', decision: 'open', link: null, proof: null,
    held: 0, pending: 0, booked: 0, before_start: 0, late_before_start: 0, ...more,
  };
}

function row(id: string, more: Partial<ReviewRow> = {}, facts: Partial<BankAccount> = {}): ReviewRow {
  return { account: account(id, facts), is_new: true, version: 'open.0', decided_by: null, decided_at: null, proposal: null, relation: null, successor: null, start_date_default: null, name_default: '', feed_before: null, failure: null, conflicts: [], ...more };
}

function ledger(id: string, more: Partial<LedgerAccount> = {}): LedgerAccount {
  return {
    id, name: `Assets:${id}`, type: 'asset', currency: 'USD', exponent: 2, balance: { units: '0', exponent: 2, currency: 'USD' },
    last_entry_on: null, open: true, fed_by: null, ...more,
  };
}

function review(accounts: ReviewRow[], ledgers: LedgerAccount[] = []): Review {
  return {
    connection: { ...healthy, to_decide: 1 },
    accounts,
    ledger_accounts: ledgers,
  };
}

const existing = (id: string, automatic = false): ReviewRow['proposal'] =>
  ({ choice: 'existing', ledger_account_id: id, evidence: ['same_name'], automatic });
const fresh = (name: string): ReviewRow['proposal'] => ({ choice: 'new', name, evidence: [], automatic: false });

test('the draft begins with the proposals, and old accounts are not in it', () => {
  const linked = row('old', { is_new: false }, { decision: 'linked', link: {
    id: 'lnk_1', ledger_account_id: 'L9', ledger_account_name: 'x', start_date: null, state: 'active',
    linked_at: '', linked_by: '', continues: false,
  } });
  const data = review([row('a', { proposal: existing('L1') }), row('b', { proposal: fresh('B') }), row('c'), linked],
    [ledger('L1')]);
  const draft = draftOf(data, {});
  assert.deepEqual(Object.keys(draft), ['a', 'b', 'c']);
  assert.equal(draft['a']?.choice, 'existing');
  assert.equal(draft['a']?.ledger, 'L1');
  assert.equal(draft['b']?.choice, 'new');
  assert.equal(draft['c']?.choice, 'later');
  assert.equal(decidable(linked), false);
});

test('an account that gives only a balance can only be kept aside or left for later', () => {
  const conflicts = [{ bank_account_id: 'a', code: 'balances_only', params: {}, choices: ['none', 'later'] }];
  const one = row('a', { conflicts }, { feedable: false });
  assert.equal(firstDraft(one, [ledger('L1')]).choice, 'none');
  const kept: Draft = { a: { ...firstDraft(one, []), choice: 'new' } };
  assert.equal(draftOf(review([one]), kept)['a']?.choice, 'none');
});

test('an account that stands in conflict whatever is chosen is left for later', () => {
  const conflict = (code: string, choices: string[]): ReviewRow['conflicts'] =>
    [{ bank_account_id: 'a', code, params: {}, choices }];
  const away = row('a', { proposal: fresh('A'), conflicts: conflict('not_shared', ['none', 'later']) });
  assert.equal(firstDraft(away, []).choice, 'later');
  assert.deepEqual(choicesFor(away, false), ['none', 'later']);
  assert.deepEqual(choicesFor(row('a', { conflicts: conflict('already_linked', ['later']) }), true), ['later']);
  assert.deepEqual(choicesFor(row('a'), false), ['existing', 'new', 'none', 'later']);
});

test('what looks like a linked account is kept aside until a person says that it is another one', () => {
  const conflicts = [{
    bank_account_id: 'a', code: 'looks_already_linked', choices: ['none', 'later', 'accept_duplicate'],
    params: { fed_by: 'Checking ••0000', institution: 'First Platypus Bank', ledger_account: 'Assets:Checking' },
  }];
  const one = row('a', { conflicts, name_default: 'Checking 2' });
  const data = review([one], [ledger('L1')]);
  assert.equal(answerable(one), true);
  assert.deepEqual(choicesFor(one, false), ['none', 'later']);
  assert.deepEqual(choicesFor(one, true), ['existing', 'new', 'none', 'later']);
  const draft = draftOf(data, {});
  assert.equal(draft['a']?.choice, 'none');
  assert.deepEqual(decisionsOf(data, draft), [{ bank_account_id: 'a', version: 'open.0', choice: 'none' }]);
  // A kept draft that does not say so cannot slip through.
  assert.equal(draftOf(data, { a: { ...draft['a']!, choice: 'new' } })['a']?.choice, 'none');
  const said: Draft = { a: { ...draft['a']!, duplicate: true, choice: 'new' } };
  assert.deepEqual(decisionsOf(data, draftOf(data, said)), [{
    bank_account_id: 'a', version: 'open.0', choice: 'new', name: 'Checking 2', start_date: null, opening_balance: true, accept_duplicate: true,
  }]);
  said['a'] = { ...said['a']!, choice: 'existing', ledger: 'L1' };
  assert.deepEqual(decisionsOf(data, draftOf(data, said)), [{
    bank_account_id: 'a', version: 'open.0', choice: 'existing', ledger_account_id: 'L1', start_date: null, opening_balance: true, accept_duplicate: true,
  }]);
});

test('a ledger account that the same account fed before begins where that feed began', () => {
  const before = { bank_account_id: 'old', ledger_account_id: 'L1', from: '2026-06-01', until: '2026-11-20' };
  const one = row('a', { feed_before: before, start_date_default: '2026-06-01' });
  const ledgers = [ledger('L1', { last_entry_on: '2026-11-20' }), ledger('L2', { last_entry_on: '2026-11-20' })];
  assert.equal(defaultStart(one, ledgers[0]), '2026-06-01');
  assert.equal(defaultStart(one, ledgers[1]), '2026-11-21');
  const data = review([{ ...one, proposal: existing('L1') }], ledgers);
  const draft = draftOf(data, {});
  const found = (start: string): string | undefined =>
    checksOf(data, { a: { ...draft['a']!, startExisting: start } })['a']?.code;
  assert.equal(found('2026-06-01'), undefined);
  assert.equal(found('2026-05-31'), 'start_before_last_entry');
});

test('entries that were written ahead do not keep the bank\'s transactions out without a word', () => {
  const data = review([row('a', { proposal: existing('L1') })], [ledger('L1', { last_entry_on: '2199-01-01' })]);
  const draft = draftOf(data, {});
  const found = (change: object): string | undefined =>
    checksOf(data, { a: { ...draft['a']!, ...change } })['a']?.code;
  assert.equal(found({}), 'entries_ahead');
  assert.equal(found({ startExisting: '2199-01-02' }), undefined);
  assert.equal(found({ startExisting: '2026-11-24', overlap: true }), undefined);
});

test('summary and verb follow the draft', () => {
  const data = review([row('a', { proposal: fresh('A') }), row('b', { proposal: fresh('B') }), row('c')]);
  const draft = draftOf(data, {});
  assert.deepEqual(summaryOf(draft), { link: 2, unsaid: 0, aside: 0, later: 1 });
  assert.equal(verbOf(summaryOf(draft)), 'apply.link');
  draft['c'] = { ...draft['c']!, choice: 'none' };
  assert.equal(verbOf(summaryOf(draft)), 'apply.link_aside');
  assert.equal(verbOf({ link: 0, unsaid: 0, aside: 1, later: 2 }), 'apply.aside');
  assert.equal(verbOf({ link: 0, unsaid: 0, aside: 0, later: 2 }), 'apply.later');
});

test('a row that does not say yet what it feeds is not counted as one that will sync', () => {
  const data = review([row('a', { proposal: fresh('A') }), row('b'), row('c')], [ledger('L1')]);
  const draft = draftOf(data, {});
  draft['b'] = { ...draft['b']!, choice: 'existing' };
  draft['c'] = { ...draft['c']!, choice: 'new', name: ' ' };
  assert.deepEqual(summaryOf(draft), { link: 1, unsaid: 2, aside: 0, later: 0 });
  assert.equal(verbOf(summaryOf(draft)), 'apply.unsaid');
  draft['b'] = { ...draft['b']!, ledger: 'L1' };
  draft['c'] = { ...draft['c']!, name: 'C' };
  assert.deepEqual(summaryOf(draft), { link: 3, unsaid: 0, aside: 0, later: 0 });
});

test('decisions carry what was chosen, and the default start date where none was', () => {
  const data = review([
    row('a', { proposal: existing('L1'), start_date_default: '2026-09-01' }),
    row('b', { proposal: fresh('  Event Fund ') }),
    row('c'),
    row('d', { proposal: existing('L2') }),
  ], [ledger('L1', { last_entry_on: '2026-08-31' }), ledger('L2', { last_entry_on: '2024-02-28' })]);
  const draft = draftOf(data, {});
  draft['b'] = { ...draft['b']!, opening: false, startNew: '2026-01-01', startExisting: '2020-01-01' };
  assert.deepEqual(decisionsOf(data, draft), [
    { bank_account_id: 'a', version: 'open.0', choice: 'existing', ledger_account_id: 'L1', start_date: '2026-09-01' },
    { bank_account_id: 'b', version: 'open.0', choice: 'new', name: 'Event Fund', start_date: '2026-01-01', opening_balance: false },
    { bank_account_id: 'd', version: 'open.0', choice: 'existing', ledger_account_id: 'L2', start_date: '2024-02-29' },
  ]);
});

test('a start date before the last entry is pointed out until the overlap is accepted', () => {
  const data = review([row('a', { proposal: existing('L1') })], [ledger('L1', { last_entry_on: '2026-08-31' })]);
  const draft = draftOf(data, {});
  assert.equal(checksOf(data, draft)['a'], undefined);
  draft['a'] = { ...draft['a']!, startExisting: '2026-08-31' };
  assert.equal(checksOf(data, draft)['a']?.code, 'start_before_last_entry');
  draft['a'] = { ...draft['a']!, overlap: true };
  assert.equal(checksOf(data, draft)['a'], undefined);
  assert.deepEqual(decisionsOf(data, draft)[0],
    { bank_account_id: 'a', version: 'open.0', choice: 'existing', ledger_account_id: 'L1', start_date: '2026-08-31', accept_overlap: true });
});

test('conflicts with the books are found before anything is sent', () => {
  const fed = { bank_account_id: 'z', name: 'Savings', mask: '1111', institution: 'First Platypus Bank' };
  const ledgers = [
    ledger('free'), ledger('taken', { fed_by: fed }), ledger('closed', { open: false }),
    ledger('euro', { currency: 'EUR' }), ledger('debt', { type: 'liability' }),
  ];
  const found = (id: string): string | undefined => {
    const data = review([row('a', { proposal: existing(id) })], ledgers);
    return checksOf(data, draftOf(data, {}))['a']?.code;
  };
  assert.equal(found('free'), undefined);
  assert.equal(found('taken'), 'ledger_account_taken');
  assert.equal(found('closed'), 'ledger_account_closed');
  assert.equal(found('euro'), 'currency_differs');
  assert.equal(found('debt'), 'type_differs');
  assert.equal(found('nowhere'), 'ledger_account_missing');
});

test('two rows cannot take the same ledger account or the same name', () => {
  const data = review([
    row('a', { proposal: existing('L1') }), row('b', { proposal: existing('L1') }),
    row('c', { proposal: fresh('Fund') }), row('d', { proposal: fresh(' fund') }), row('e', { proposal: fresh('Assets:L1') }),
    row('f', { proposal: fresh(' ') }), row('g', { proposal: fresh('l1') }), row('h', { proposal: fresh('L') }),
  ], [ledger('L1')]);
  const checks = checksOf(data, draftOf(data, {}));
  assert.deepEqual(Object.fromEntries(Object.entries(checks).map(([id, one]) => [id, one.code])), {
    a: 'ledger_account_chosen_twice', b: 'ledger_account_chosen_twice', c: 'name_taken', d: 'name_taken',
    e: 'name_taken', f: 'name_missing', g: 'name_taken',
  });
});

test('the last part of a name is free for an account of another type', () => {
  const books = [ledger('L1', { name: 'Liabilities:Rewards', type: 'liability' })];
  const asset = review([row('a', { proposal: fresh('rewards') })], books);
  assert.deepEqual(checksOf(asset, draftOf(asset, {})), {});
  const debt = review([row('a', { proposal: fresh('rewards') }, { type: 'credit' })], books);
  assert.equal(checksOf(debt, draftOf(debt, {}))['a']?.code, 'name_taken');
});

test('the picker offers fitting accounts, and the chosen one whatever it is', () => {
  const ledgers = [ledger('fits'), ledger('euro', { currency: 'EUR' }), ledger('debt', { type: 'liability' }), ledger('shut', { open: false })];
  const ids = (chosen: string, facts: Partial<BankAccount> = {}): string[] =>
    pickable(account('a', facts), ledgers, chosen).map((one) => one.id);
  assert.deepEqual(ids(''), ['fits']);
  assert.deepEqual(ids('euro'), ['fits', 'euro']);
  assert.deepEqual(ids('', { type: 'credit' }), ['debt']);
});

test('of very many ledger accounts the picker draws some, says how many it leaves out, and finds any by its name', () => {
  const ledgers = Array.from({ length: 100_000 }, (_, i) => ledger(`L${i}`, { name: `Client ${i}` }));
  const first = narrowed(ledgers, '', 'L99999');
  assert.equal(first.shown.length, PICKER_MOST + 1);
  assert.equal(first.shown.at(-1)?.id, 'L99999');
  assert.equal(first.left, 100_000 - PICKER_MOST - 1);
  assert.deepEqual(narrowed(ledgers, ' client 77777', '').shown.map((one) => one.id), ['L77777']);
  assert.equal(narrowed(ledgers, ' client 77777', '').left, 0);
});

test('a kept draft survives a reload, and a broken one is dropped', () => {
  const data = review([row('a', { proposal: fresh('A') }), row('aside', { is_new: false }, { decision: 'aside' })]);
  const draft = draftOf(data, {});
  draft['a'] = { ...draft['a']!, name: 'Changed' };
  draft['aside'] = firstDraft(data.accounts[1]!, []);
  const text = writtenDraft(draft, 1_000);
  assert.deepEqual(draftOf(data, readDraft(text, 2_000)), draft);
  assert.deepEqual(readDraft(text, 1_000 + KEPT_DAYS * 86_400_000 + 1), {});
  assert.deepEqual(readDraft('{"at":1,"rows":{"a":{"choice":"steal"},"b":1}}', 2), {});
  assert.deepEqual(readDraft('{"at":1}', 2), {});
  assert.deepEqual(readDraft('{"rows":{}}', 2), {});
  assert.deepEqual(readDraft('[', 2), {});
  assert.deepEqual(readDraft(null, 2), {});
});

test('a draft is kept for its person, in one tenant, about one connection', () => {
  const of = (tenant: string, id: string, connection: string): string => draftKey({ tenant, user: { id, name: 'x' } }, connection);
  const keys = [of('main', 'u1', 'con_1'), of('main', 'u2', 'con_1'), of('other', 'u1', 'con_1'), of('main', 'u1', 'con_2'),
    of('main/u1', '', 'con_1'), of('main', 'u1/con_1', '')];
  assert.equal(new Set(keys).size, keys.length);
});

test('what another person decided meanwhile is said, and neither undone nor taken over unseen', () => {
  const before = review([row('a', { proposal: fresh('A') }), row('b', { proposal: fresh('B') }), row('c'), row('d', { proposal: fresh('D') })]);
  const draft = draftOf(before, {});
  draft['d'] = { ...draft['d']!, choice: 'none' };
  const aside = (id: string): ReviewRow => row(id, { is_new: false, version: 'aside.7', decided_by: 'Ben Books', decided_at: '2026-11-22T10:00:00Z' }, { decision: 'aside' });
  const now = review([aside('a'), before.accounts[1]!, aside('c'), aside('d')]);
  const left = draftOf(now, draft);
  // What was left for later, or decided in the same way, is no matter any more.
  assert.deepEqual(Object.keys(left), ['a', 'b']);
  const checks = checksOf(now, left);
  assert.deepEqual(Object.keys(checks), ['a']);
  assert.equal(checks['a']?.code, 'decided_meanwhile');
  assert.deepEqual(checks['a'].params, { decision: 'aside', by: 'Ben Books', at: '2026-11-22T10:00:00Z', version: 'aside.7' });
  assert.deepEqual(checks['a'].choices, ['keep_theirs', 'decide_anew']);
  const anew = { ...left, a: { ...left['a']!, version: 'aside.7' } };
  assert.deepEqual(checksOf(now, anew), {});
  assert.equal(decisionsOf(now, anew)[0]?.version, 'aside.7');
});

test('a conflict marks the control that it is about, and no other', () => {
  const of = (code: string): string[] => (['ledger', 'start', 'name'] as const)
    .filter((control) => concerns([{ bank_account_id: 'a', code, params: {}, choices: [] }], control));
  assert.deepEqual(of('start_in_future'), ['start']);
  assert.deepEqual(of('ledger_account_taken'), ['ledger']);
  assert.deepEqual(of('name_taken'), ['name']);
  assert.deepEqual(of('already_linked'), []);
  for (const code of codes.conflict) {
    if (/^(start|name)_/.test(code)) assert.deepEqual(of(code), [code.split('_')[0]]);
    if (code.startsWith('ledger_account_')) assert.deepEqual(of(code), ['ledger']);
  }
});

test('after a lost answer the accounts tell which decisions hold', () => {
  const link = (ledger: string): BankAccount['link'] => ({
    id: 'l', ledger_account_id: ledger, ledger_account_name: ledger, start_date: null, state: 'active', linked_at: '', linked_by: '', continues: false,
  });
  const sent: Parameters<typeof whatHolds>[1] = [
    { bank_account_id: 'a', choice: 'existing', ledger_account_id: 'x', start_date: null, version: '' },
    { bank_account_id: 'b', choice: 'none', version: '' },
    { bank_account_id: 'c', choice: 'later', version: '' },
  ];
  const of = (a: Partial<BankAccount>, b: Partial<BankAccount>): string =>
    whatHolds(review([row('a', {}, a), row('b', {}, b), row('c')]), sent);
  assert.equal(of({}, {}), 'none');
  assert.equal(of({ link: link('x') }, { decision: 'aside' }), 'all');
  assert.equal(of({ link: link('x') }, {}), 'some');
  // Somebody else has linked it meanwhile, to another ledger account.
  assert.equal(of({ link: link('y') }, {}), 'none');
});

test('rows pass a filter by currency and type, and only what there is can be filtered by', () => {
  const data = review([row('a'), row('b', {}, { currency: 'EUR', type: 'credit' }), row('c', {}, { currency: '' })]);
  assert.deepEqual(filtersOf(data), { currencies: ['USD', 'EUR'], types: ['depository', 'credit'] });
  const shown = (filter: Filter): string[] => data.accounts.filter((one) => passes(one.account, filter)).map((one) => one.account.id);
  assert.deepEqual(shown(NO_FILTER), ['a', 'b', 'c']);
  assert.deepEqual(shown({ currency: 'EUR', type: '' }), ['b']);
  assert.deepEqual(shown({ currency: 'USD', type: 'credit' }), []);
});

test('the line at Apply promises a sync only where one comes', () => {
  const paused = { by: 'Ada Admin', since: '2026-11-20T08:00:00Z' };
  assert.equal(syncsWhen({ state: 'healthy', paused: null }), 'review.summary.link');
  assert.equal(syncsWhen({ state: 'expiring', paused: null }), 'review.summary.link');
  assert.equal(syncsWhen({ state: 'healthy', paused }), 'review.summary.link_paused');
  assert.equal(syncsWhen({ state: 'needs_user', paused }), 'review.summary.link_login');
  for (const state of ['revoked', 'gone', 'removed'] as const) {
    assert.equal(syncsWhen({ state, paused: null }), 'review.summary.link_ended');
  }
});

test('that earlier entries are elsewhere is said in the decision once a person has seen it', () => {
  const data = review([row('a', { proposal: fresh('A') })]);
  const draft = draftOf(data, {});
  assert.ok(!Object.hasOwn(decisionsOf(data, draft)[0] ?? {}, 'accept_elsewhere'));
  draft['a'] = { ...draft['a']!, elsewhere: true };
  assert.deepEqual(decisionsOf(data, draft), [{
    bank_account_id: 'a', version: 'open.0', choice: 'new', name: 'A', start_date: null, opening_balance: true, accept_elsewhere: true,
  }]);
});

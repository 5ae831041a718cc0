import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayOpen } from '../src/api';
import { factsOf, namesOf } from '../src/detail';
import { useLanguageOf } from '../src/i18n';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';
import { dayAfter, formatDate, formatDays, formatRelative } from '../src/dates';
import { pollDelay } from '../src/poll';
import { proofLines } from '../src/proof';
import { hrefOf, pageOf, parseRoute } from '../src/router';
import type { Route } from '../src/router';
import { changes, countsOf, doneSaid, endOf, nextAction, noticeAction, preparingSaid, saidBy, statusOf, syncSaid } from '../src/status';
import { masked, plain, spoken, titled } from '../src/text';
import type { ActivityEntry, BalanceProof, BankAccount, ConnectionHead, Notice, Params, Progress, SyncAsked } from '../src/types';
import { healthy } from './shapes';

test('a connection says one thing, the one that matters most', () => {
  const of = (more: Partial<ConnectionHead>): string => statusOf({ ...healthy, ...more }).key;
  assert.equal(of({}), 'status.current');
  assert.equal(of({ last_success_at: null }), 'status.first');
  assert.equal(of({ activity: 'syncing' }), 'status.syncing');
  assert.equal(of({ activity: 'waiting', next_try_at: '2026-11-22T22:00:00Z' }), 'status.waiting');
  assert.equal(of({ activity: 'waiting' }), 'status.waiting_unsaid');
  assert.equal(of({ error: { code: 'X', text: '', request_id: '' } }), 'status.failed');
  assert.equal(of({ state: 'needs_user', activity: 'syncing' }), 'status.needs_user');
  const outage = { since: '2026-11-22T10:00:00Z', next_try_at: '2026-11-22T11:00:00Z' };
  assert.equal(of({ outage, activity: 'waiting', next_try_at: outage.next_try_at }), 'status.bank_down');
  assert.equal(of({ outage, state: 'needs_user' }), 'status.needs_user');
  assert.equal(of({ state: 'linking' }), 'status.linking');
  assert.equal(of({ end_announced_at: '2026-11-29T10:00:00Z' }), 'status.ending');
  assert.equal(of({ state: 'removed', paused: { by: 'Ada', since: '2026-11-20T08:00:00Z' } }), 'status.removed');
  assert.equal(of({ state: 'removed', reason: 'replaced' }), 'status.replaced');
  assert.equal(of({ paused: { by: 'Ada', since: '2026-11-20T08:00:00Z' }, activity: 'syncing' }), 'status.paused');
});

test('a card says once that the bank asks for a login', () => {
  assert.ok(saidBy('status.needs_user', 'ITEM_LOGIN_REQUIRED'));
  assert.ok(!saidBy('status.needs_user', 'ITEM_LOCKED'));
  assert.ok(!saidBy('status.failed', 'ITEM_LOGIN_REQUIRED'));
});

test('"up to date" is said only of what is in the books and agrees with the bank', () => {
  const of = (more: Partial<ConnectionHead>): string => statusOf({ ...healthy, ...more }).key;
  assert.equal(of({ feeds_held: 0, undelivered: 0, proofs_differ: 0 }), 'status.current');
  assert.equal(of({ feeds_held: 1, undelivered: 4, proofs_differ: 1 }), 'status.feed_held');
  assert.equal(of({ undelivered: 4, proofs_differ: 1 }), 'status.differs');
  assert.equal(of({ undelivered: 4 }), 'status.delivering');
  assert.equal(of({ feeds_held: 1, state: 'expiring', consent_ends_at: '2026-11-29T10:00:00Z' }), 'status.feed_held');
  assert.equal(of({ proofs_differ: 1, activity: 'syncing' }), 'status.syncing');
  assert.equal(of({ feeds_held: 1, state: 'needs_user' }), 'status.needs_user');
  // Every state of delivery and proof, whatever else holds: only one of them all is "up to date".
  for (const feeds_held of [0, 1]) {
    for (const undelivered of [0, 3]) {
      for (const proofs_differ of [0, 2]) {
        for (const state of ['healthy', 'expiring', 'linking'] as const) {
          const well = feeds_held + undelivered + proofs_differ === 0 && state === 'healthy';
          assert.equal(of({ feeds_held, undelivered, proofs_differ, state }) === 'status.current', well);
        }
      }
    }
  }
  for (const [key, words] of Object.entries(en)) {
    if (!key.startsWith('status.') || key === 'status.current') continue;
    assert.doesNotMatch(typeof words === 'string' ? words : words.other, /up to date/i, key);
  }
});

test('the nearer the end of a connection, the louder it is told', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const of = (days: number, more: Partial<ConnectionHead> = {}): ReturnType<typeof endOf> =>
    endOf({ ...healthy, consent_ends_at: new Date(now + days * 86_400_000).toISOString(), ...more }, now);
  assert.equal(endOf(healthy, now), null);
  assert.deepEqual([of(80)?.tone, of(80)?.days], ['quiet', 80]);
  assert.equal(of(14.1)?.tone, 'quiet');
  assert.equal(of(14)?.tone, 'warn');
  assert.equal(of(7.1)?.tone, 'warn');
  assert.deepEqual([of(7)?.tone, of(7)?.days], ['bad', 7]);
  assert.deepEqual([of(-1)?.tone, of(-1)?.days], ['bad', 0]);
  assert.equal(of(20, { end_announced_at: '2026-11-24T12:00:00Z' })?.tone, 'bad');
  assert.equal(of(3, { state: 'removed' }), null);
  const expiring = (days: number): string => statusOf({
    ...healthy, state: 'expiring', consent_ends_at: new Date(now + days * 86_400_000).toISOString(),
  }, now).tone;
  assert.deepEqual([expiring(10), expiring(7)], ['warn', 'bad']);
});

test('a connection has one next action, and repair comes before everything', () => {
  const of = (more: Partial<ConnectionHead>): string | undefined => nextAction({ ...healthy, ...more })?.key;
  assert.equal(of({}), 'action.sync');
  assert.equal(of({ to_decide: 2, new_accounts: true }), 'action.review');
  assert.equal(of({ new_accounts: true }), 'action.choose');
  assert.equal(of({ state: 'needs_user', to_decide: 2 }), 'action.repair');
  assert.equal(of({ state: 'revoked' }), 'action.connect_again');
  assert.equal(of({ state: 'expiring' }), 'action.renew');
  assert.equal(of({ state: 'removed' }), 'action.connect_again');
  assert.equal(of({ state: 'removed', reason: 'replaced' }), undefined);
  assert.equal(of({ end_announced_at: '2026-11-29T10:00:00Z' }), 'action.renew');
  assert.equal(of({ activity: 'syncing' }), undefined);
  assert.equal(of({ paused: { by: 'Ada', since: '2026-11-20T08:00:00Z' } }), undefined);
});

test('every notice leads somewhere, and health only those who may see it', () => {
  const notice = (kind: string): Notice =>
    ({ id: 'n', kind, severity: 'info', subject: 'con_1', params: {}, opened_at: '', connection_id: null, dismissible: false });
  assert.equal(noticeAction(notice('new_accounts'), false)?.key, 'action.choose');
  assert.equal(noticeAction(notice('accounts_to_decide'), false)?.key, 'action.review');
  assert.equal(noticeAction(notice('sync_failing'), false)?.sync, 'con_1');
  assert.equal(noticeAction(notice('setup_wrong'), true)?.key, 'action.see_health');
  assert.equal(noticeAction(notice('setup_wrong'), false), null);
  assert.equal(noticeAction(notice('something_new'), true), null);
  const failed = { ...notice('ledger_account_failed'), subject: 'lnk_1', params: { connection_id: 'con_2' } };
  assert.equal(noticeAction({ ...failed, kind: 'opening_outstanding' }, false)?.sync, 'con_2');
  assert.equal(noticeAction(notice('access_lost_rows'), false)?.key, 'action.choose');
  assert.deepEqual(noticeAction(failed, false)?.route, { name: 'review', connection: 'con_2' });
  assert.deepEqual(noticeAction({ ...failed, kind: 'merged_away' }, false)?.route, { name: 'review', connection: 'con_2' });
  assert.equal(noticeAction({ ...failed, kind: 'entries_forgotten' }, false)?.sync, 'con_2');
});

test('what only the books can mend leads there, where a browser can open them', () => {
  for (const kind of ['plugin_restored', 'removals_back', 'merge_forgotten', 'rows_not_shown', 'balance_differs', 'removals_held', 'rows_moved']) {
    const notice: Notice = { id: 'n', kind, severity: 'info', subject: 'acc_1', params: {}, opened_at: '', connection_id: null, dismissible: false };
    const action = noticeAction(notice, false, 'https://books.example/');
    assert.deepEqual(action, { key: 'action.open_books', route: null, sync: null, books: 'https://books.example/' }, kind);
    assert.ok(action !== null && !changes(action));
    assert.equal(noticeAction(notice, true), null, kind);
  }
  assert.equal(pageOf('https://books.example/'), 'https://books.example/');
  for (const bad of ['javascript:alert(1)', '//books.example', '', null]) assert.equal(pageOf(bad), null);
});

test('no notice speaks of a plugin, or of a button that has another name', () => {
  for (const [catalogue, seen] of [[en, 'I have seen it'], [zh, '我已知晓']] as const) {
    for (const [key, message] of Object.entries(catalogue)) {
      if (key.startsWith('notice')) assert.doesNotMatch(JSON.stringify(message), /plugin|插件|clear this notice|清除此通知/i, key);
    }
    assert.equal(catalogue['connections.dismiss'], seen);
    assert.ok(String(catalogue['notice.plugin_restored']).includes(seen));
  }
});

test('after "Sync now" the bank is said to have been asked only when it was', () => {
  const of = (more: Partial<SyncAsked>): string =>
    syncSaid({ id: 'con_1', bank_asked: false, bank_askable_at: null, bank_refused: null, ...more });
  const later = '2026-11-22T12:15:00Z';
  assert.equal(of({ bank_asked: true, bank_askable_at: later }), 'connections.sync_asked');
  assert.equal(of({}), 'connections.sync_reads');
  assert.equal(of({ bank_askable_at: later }), 'connections.sync_asked_lately');
  assert.equal(of({ bank_refused: 'PRODUCTS_NOT_SUPPORTED' }), 'connections.sync_refused');
  assert.equal(of({ bank_refused: 'PRODUCTS_NOT_SUPPORTED', bank_askable_at: later }), 'connections.sync_refused');
});

test('a provider that does not answer is named after five seconds', () => {
  assert.equal(preparingSaid({ state: 'creating', error: null }, 4_900), 'link.preparing');
  assert.equal(preparingSaid({ state: 'creating', error: null }, 5_000), 'link.preparing_slow');
  assert.equal(preparingSaid({ state: 'creating', error: { code: 'X', text: '', request_id: '' } }, 5_000), 'link.preparing_slow_code');
  assert.equal(preparingSaid({ state: 'open', error: null }, 60_000), 'link.preparing');
});

test('the balance of the books is told where it differs from the bank\'s, with what explains it', () => {
  useLanguageOf('en', en, ['en-US']);
  const proof: BalanceProof = {
    state: 'proven', reason: '', currency: 'USD', bank: '16344.51', bank_as_of: null, ledger: '13224.06', difference: '3120.45',
    unexplained: '0', since: null, held: '0', pending: '-7', pending_included: false, before_start: '5', kept: '0', removed: '3120.45',
    rounding: '0', undelivered: 0, proven_at: null, looked_at: null,
  };
  const of = (more: Partial<BalanceProof>): string[] =>
    proofLines({ ...proof, ...more }, { units: '1634451', exponent: 2, currency: 'USD' }).map((line) => line.map(({ text }) => text).join(''));
  assert.deepEqual(of({}), ['Books: $13,224.06; difference $3,120.45: removed by hand $3,120.45']);
  assert.deepEqual(of({ difference: '0', removed: '0', ledger: '16344.51' }), []);
  assert.deepEqual(of({ difference: null }), []);
  assert.deepEqual(proofLines(null, null), []);
  assert.deepEqual(of({ state: 'differs', removed: '0', difference: '-3', unexplained: '-3', since: '2026-11-20T08:00:00Z' }),
    ['Books: $13,224.06; difference \u2212$3.00: not explained \u2212$3.00', 'Not explained since Nov 20, 2026.']);
  assert.deepEqual(of({ removed: '20', held: '3', kept: '-1', pending_included: true, rounding: '0.004', difference: '15.004' })[0],
    'Books: $13,224.06; difference $15.004: removed by hand $20.00, held $3.00, kept in the books \u2212$1.00, pending \u2212$7.00, and rounding $0.004');
  assert.equal(of({ state: 'settling', unexplained: '2' }).length, 2);
  // An amount is set apart, with its minus, so that it does not break.
  const pieces = proofLines({ ...proof, difference: '-3', removed: '-3' }, { units: '0', exponent: 2, currency: 'USD' })[0] ?? [];
  assert.deepEqual(pieces.filter(({ amount }) => amount).map(({ text }) => text), ['$13,224.06', '\u2212$3.00', '\u2212$3.00']);
  // The two agree only because two things cancel each other out.
  assert.equal(of({ difference: '0', removed: '5', unexplained: '-5' }).length, 1);
});

const bankAccount: BankAccount = {
  id: 'a', name: 'A', official_name: '', mask: null, type: 'depository', subtype: '', currency: 'USD', balance: null, balance_as_of: null,
  feedable: true, state: 'shared', missing_since: null, origin: 'connect', first_seen_at: '', decision: 'linked', held: 0, pending: 0, booked: 5, before_start: 2,
  late_before_start: 0,
  link: { id: 'l', ledger_account_id: 'x', ledger_account_name: 'X', start_date: null, state: 'active', linked_at: '', linked_by: '', continues: false },
  proof: null,
};
const accountDone = { bank_account_id: 'a', phase: 'done', total: 7, done: 7, before_start: 2, delivered: 5, opening: 'posted' };

test('what is before the start date is not counted as wanted in the books', () => {
  const none = { before: 2, held: 0, pending: 0 };
  assert.deepEqual(countsOf(accountDone, bankAccount), { booked: 5, wanted: 5, ...none });
  assert.deepEqual(countsOf({ ...accountDone, delivered: 3 }, undefined), { booked: 3, wanted: 5, ...none });
});

test('the counts of a progress are those of the table of accounts', () => {
  // Somebody removed one of five: the table says four booked, one held.
  assert.deepEqual(countsOf(accountDone, { ...bankAccount, booked: 4, held: 1, pending: 3 }), { booked: 4, wanted: 4, before: 2, held: 1, pending: 3 });
  assert.deepEqual(countsOf(accountDone, { ...bankAccount, held: 62 }), { booked: 5, wanted: 5, before: 2, held: 62, pending: 0 });
  // What is held until the link is made is what it will book.
  const releasing = { ...bankAccount, held: 9, booked: 0, link: { ...bankAccount.link!, state: 'releasing' as const } };
  assert.deepEqual(countsOf({ ...accountDone, phase: 'releasing', total: 9, done: 0, before_start: 0, delivered: 0 }, releasing),
    { booked: 0, wanted: 9, before: 0, held: 0, pending: 0 });
});

test('everything is in the books only when nothing is held or pending', () => {
  const progress: Progress = { phase: 'done', paused: null, fetched: 0, accounts: [accountDone], failed: [], error: null };
  const of = (more: Partial<ReturnType<typeof countsOf>>, whole: Partial<Progress> = {}): string[] =>
    doneSaid({ ...progress, ...whole }, [{ booked: 5, wanted: 5, before: 0, held: 0, pending: 0, ...more }]).map(([key]) => key);
  assert.deepEqual(of({}), ['progress.done']);
  assert.deepEqual(of({ before: 2 }), ['progress.done_from_start']);
  assert.deepEqual(of({ pending: 1 }), ['progress.done_posted', 'progress.pending_follow']);
  assert.deepEqual(of({ held: 62 }), ['progress.rows_held', 'progress.rest_done']);
  assert.deepEqual(of({ held: 62, booked: 0 }), ['progress.rows_held']);
  const failed = [{ bank_account_id: 'b', code: 'not_made' as const, name: 'B', text: '' }];
  assert.deepEqual(of({}, { failed }), ['progress.done_others']);
  assert.deepEqual(of({ held: 1 }, { failed }), ['progress.rows_held']);
  const accounts = [{ ...accountDone, phase: 'waiting' }];
  assert.deepEqual(of({}, { phase: 'waiting', accounts }), ['progress.only_opening']);
  assert.deepEqual(of({ held: 1 }, { phase: 'waiting', accounts }), ['progress.rows_held', 'progress.rest_done', 'progress.opening_tried']);
  assert.deepEqual(of({}, { accounts: [] }), []);
});

test('routes survive the way into an address and back', () => {
  const routes: Route[] = [
    { name: 'connections' }, { name: 'connect' }, { name: 'activity' }, { name: 'health' },
    { name: 'held', account: null }, { name: 'held', account: 'acc_1' },
    { name: 'held', account: 'acc_1', reason: 'rounded' }, { name: 'held', account: null, reason: 'pending' }, { name: 'link', session: 'lks_1' },
    { name: 'review', connection: 'con_1' }, { name: 'progress', connection: 'con_1' },
    { name: 'repair', connection: 'con_1' }, { name: 'add', connection: 'con_1' },
  ];
  for (const route of routes) assert.deepEqual(parseRoute(hrefOf(route)), route);
});

test('addresses that are none of ours lead nowhere', () => {
  for (const hash of ['#/nowhere', '#/connections/x', '#/connections/%00/review', '#/link/%E0%A4%A', '#/link/a%2F..%2Fb', '#/held/a/b']) {
    assert.deepEqual(parseRoute(hash), { name: 'unknown' }, hash);
  }
});

test('the browser is only sent to pages of a bank', () => {
  assert.ok(mayOpen('https://secure.plaid.com/hl/abc'));
  assert.ok(mayOpen('http://127.0.0.1:8080/link/abc'));
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'http://example.com/', 'https://u:p@example.com/', '//example.com', '']) {
    assert.ok(!mayOpen(bad), bad);
  }
});

test('asking again slows down on failure and in hidden tabs, and stops when done', () => {
  assert.equal(pollDelay({ base: 1000, hidden: false, failures: 0 }), 1000);
  assert.equal(pollDelay({ base: 1000, hidden: false, failures: 2 }), 4000);
  assert.equal(pollDelay({ base: 1000, hidden: false, failures: 50 }), 30_000);
  assert.equal(pollDelay({ base: 1000, hidden: true, failures: 0 }), 20_000);
  assert.equal(pollDelay({ base: 2000, hidden: false, failures: 3 }), 16_000);
  assert.equal(pollDelay({ base: 0, hidden: false, failures: 0 }), null);
});

test('dates are civil dates, whatever the time zone', () => {
  assert.equal(dayAfter('2024-02-28'), '2024-02-29');
  assert.equal(dayAfter('2026-12-31'), '2027-01-01');
  assert.equal(dayAfter('soon'), null);
  assert.equal(formatDate('2026-11-22', 'en-US'), 'Nov 22, 2026');
  assert.equal(formatDate('2026-11-22', 'zh-CN'), '2026年11月22日');
  assert.equal(formatDays('2026-11-22', '2026-11-22', 'en-US'), 'Nov 22, 2026');
  assert.match(formatDays('2026-08-25', '2026-11-22', 'en-US'), /^Aug 25\s–\sNov 22, 2026$/);
  assert.equal(formatDays('', '', 'en-US'), '');
});

test('times are told from now, in steps that people use', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const at = (text: string): string => formatRelative(text, now, 'en-US');
  assert.equal(at('2026-11-22T11:59:30Z'), 'now');
  assert.equal(at('2026-11-22T11:54:10Z'), '5 minutes ago');
  assert.equal(at('2026-11-22T14:00:00Z'), 'in 2 hours');
  assert.equal(at('2026-11-20T12:00:00Z'), '2 days ago');
});

test('text of the bank is one line of bounded length', () => {
  assert.equal(plain(' a\u202eb\tc\u0007 '), 'a b c');
  assert.equal(Array.from(plain('😀'.repeat(500))).length, 200);
  assert.equal(masked(null), '');
  assert.equal(masked('0000'), '••0000');
  assert.equal(spoken('FOOD_AND_DRINK'), 'Food and drink');
  assert.equal(spoken(''), '');
  assert.equal(titled('Savings', '1111'), 'Savings\u00a0••1111');
});

test('an audit entry is told in facts, and its ids are left to the raw entry', () => {
  useLanguageOf('en', en, ['en-US']);
  const facts = (action: string, detail: Params): string[] =>
    factsOf({ seq: 1, at: '', actor: '', actor_id: '', action, subject: '', detail }).map(({ label, value }) => `${label}: ${value}`);
  assert.deepEqual(facts('account.linked', {
    account: 'Payroll', mask: '3333', ledger_account: 'Assets:Payroll', choice: 'existing', link_id: 'lnk_1',
    start_date: '2026-09-01', opening_balance: true, accept_overlap: false,
  }), [
    'Bank account: Payroll\u00a0••3333', 'Ledger account: Assets:Payroll', 'Choice: existing ledger account',
    'From: Sep 1, 2026', 'With opening balance: ',
  ]);
  assert.deepEqual(facts('notice.opened', { kind: 'new_accounts', params: { institution: 'A Bank' } }),
    ['Notice: New accounts at the bank', 'Bank: A Bank']);
  assert.deepEqual(facts('accounts.found', { accounts: [{ id: 'x', name: 'A', mask: '1' }, null] }), ['Bank accounts: A\u00a0••1, ']);
});

test('an audit entry names its bank, account and ledger accounts by what the others and the accounts tell', () => {
  useLanguageOf('en', en, ['en-US']);
  const entry = (action: string, subject: string, detail: Params): ActivityEntry => ({ seq: 1, at: '', actor: '', actor_id: 'u1', action, subject, detail });
  const cleared = entry('notice.cleared', 'acc_1', { kind: 'rows_refused' });
  const changed = entry('connection.state_changed', 'con_1', { from: 'healthy', to: 'needs_user', reason: 'ITEM_LOGIN_REQUIRED' });
  const begun = entry('link_session.started', 'lks_1', { purpose: 'repair', state: 'creating', connection_id: 'con_1' });
  const merged = entry('ledger_account.merged', 'led_2', { from: 'led_1', into: 'led_2' });
  const log = [cleared, changed, begun, merged,
    entry('notice.opened', 'acc_1', { kind: 'rows_refused', params: { bank_account: 'Payroll', bank_account_id: 'acc_1' } }),
    entry('accounts.found', 'con_1', { institution: 'A Bank', accounts: [{ id: 'acc_1', name: 'Payroll', mask: '3333' }] })];
  const of = (one: ActivityEntry, known: Parameters<typeof namesOf>[1] = []): string[] =>
    factsOf(one, namesOf(log, known)).map(({ label, value }) => `${label}: ${value}`);
  assert.deepEqual(of(cleared), ['Notice: Transactions that the books do not take now', 'Bank: A Bank', 'Bank account: Payroll']);
  assert.deepEqual(of(changed), ['Bank: A Bank', 'Before: healthy', 'After: needs a login', 'Reason: The bank asks for a new login.']);
  assert.deepEqual(of(begun), ['Bank: A Bank', 'Purpose: log in again']);
  assert.deepEqual(of(merged), ['Merged away: led_1', 'Into: led_2']);
  const link = { ...bankAccount.link!, ledger_account_id: 'led_2', ledger_account_name: 'Assets:Bank' };
  const accounts = [{ ...bankAccount, id: 'acc_1', name: 'Payroll', mask: '3333', link }];
  const known = [{ id: 'con_1', institution: 'A Bank', accounts }];
  assert.deepEqual(of(cleared, known).slice(1), ['Bank: A Bank', 'Bank account: Payroll\u00a0••3333']);
  assert.deepEqual(of(merged, known), ['Merged away: led_1', 'Into: Assets:Bank']);
  assert.deepEqual(of(entry('account.unlinked', 'acc_1', { ledger_account: 'Assets:Old', reason: 'ledger_account_closed' }), known),
    ['Bank: A Bank', 'Bank account: Payroll\u00a0••3333', 'Ledger account: Assets:Old', 'Reason: the ledger account is closed']);
  assert.deepEqual(of(entry('link.start_changed', 'acc_9', { account: 'Old', from: '2026-09-01', to: '2026-08-01' })),
    ['Bank account: Old', 'Before: Sep 1, 2026', 'After: Aug 1, 2026']);
});

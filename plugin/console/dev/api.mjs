// The console's API over a canned world, faithful enough to play the story in a browser.

import { decideHeld, held, heldAccounts, heldEntries } from './held.mjs';
import { createHash } from 'node:crypto';
import { at, money } from './shapes.mjs';

const STEP_MS = 1_200;

class Refusal extends Error {
  constructor(status, code, params = {}, text = code) {
    super(text);
    Object.assign(this, { status, code, params });
  }
}

const head = ({ accounts: _, ...rest }) => rest;

function find(world, id) {
  const found = world.connections.find((one) => one.id === id);
  if (found === undefined) throw new Refusal(404, 'not_found');
  return found;
}

function conflictsOf(world, decisions) {
  const latest = at(60 * 24 * 2).slice(0, 10);
  const late = decisions.filter((one) => typeof one.start_date === 'string' && one.start_date > latest).map((one) => ({
    bank_account_id: one.bank_account_id, code: 'start_in_future', params: { latest }, choices: [],
  }));
  return late.length > 0 ? late : decisions.filter((one) => one.ledger_account_id === world.racedLedger).map((one) => ({
    bank_account_id: one.bank_account_id, code: 'ledger_account_taken',
    params: { ledger_account: 'Assets:Bank:Reserve', fed_by: 'Reserve ••9999', institution: 'Second Bank' },
    choices: ['choose_another', 'later'],
  }));
}

function apply(world, id, decisions) {
  const connection = find(world, id);
  if (world.refusal !== null) throw new Refusal(world.refusal.status, world.refusal.code);
  const linked = decisions.filter((one) => world.rows.some((row) => row.account.id === one.bank_account_id && row.account.link !== null));
  if (linked.length > 0) {
    const conflicts = linked.map((one) => ({ bank_account_id: one.bank_account_id, code: 'already_linked', params: {}, choices: [] }));
    throw new Refusal(409, 'review.decided_meanwhile', { conflicts }, 'Somebody has decided meanwhile.');
  }
  const stale = decisions.flatMap((one) => {
    const row = world.rows.find(({ account }) => account.id === one.bank_account_id);
    return row === undefined || one.version === row.version ? [] : [{
      bank_account_id: one.bank_account_id, code: 'decided_meanwhile', choices: ['keep_theirs', 'decide_anew'],
      params: { decision: row.account.decision, by: row.decided_by ?? '', at: row.decided_at ?? '', version: row.version },
    }];
  });
  if (stale.length > 0) throw new Refusal(409, 'review.decided_meanwhile', { conflicts: stale }, 'Somebody has decided meanwhile.');
  const conflicts = conflictsOf(world, decisions);
  if (conflicts.length > 0) throw new Refusal(409, 'review.conflict', { conflicts }, 'Some decisions conflict.');
  const counts = { linked: 0, aside: 0, later: 0 };
  const working = [];
  for (const decision of decisions) {
    const row = world.rows.find((one) => one.account.id === decision.bank_account_id);
    if (decision.choice === 'later') counts.later += 1;
    if (decision.choice === 'none') {
      counts.aside += 1;
      Object.assign(row.account, { decision: 'aside' });
      row.is_new = false;
    }
    if (decision.choice !== 'new' && decision.choice !== 'existing') continue;
    counts.linked += 1;
    const ledger = world.ledgers.find((one) => one.id === decision.ledger_account_id);
    working.push({ account: row.account, total: row.account.held, isNew: decision.choice === 'new' });
    row.is_new = false;
    Object.assign(row.account, {
      decision: 'linked',
      link: {
        id: 'lnk_new', ledger_account_id: ledger?.id ?? null, ledger_account_name: ledger?.name ?? decision.name,
        start_date: decision.start_date, state: 'active', linked_at: at(0), linked_by: 'Ada Admin', continues: false,
      },
    });
  }
  connection.to_decide = world.rows.filter((row) => row.is_new).length;
  world.notices = world.notices.filter((one) => one.kind !== 'accounts_to_decide' || connection.to_decide > 0);
  world.progress = { since: Date.now(), working };
  return counts;
}

function linkedAs(world, id) {
  const row = world.rows.find(({ account }) => account.link?.id === id);
  if (row === undefined) throw new Refusal(404, 'not_found');
  return row;
}

function endLink(world, id) {
  const row = linkedAs(world, id);
  Object.assign(row, { version: 'aside.9', decided_by: 'Ada Admin', decided_at: at(0) });
  Object.assign(row.account, { link: null, decision: 'aside' });
  return { id, bank_account_id: row.account.id };
}

function takeBackPreview(world, id) {
  const { account } = linkedAs(world, id);
  const { link } = account;
  return {
    id, bank_account_id: account.id, conflict: link.continues ? null : 'link.continues_nothing', under_way: link.state === 'taking_back',
    ledger_account_name: link.ledger_account_name,
    old_account: link.continues ? { bank_account_id: 'acc_before', connection_id: 'con_before', name: account.name, mask: '0042', institution: 'First Platypus Bank' } : null,
    feeds_again: link.continues, why_not: null, gives_back: link.continues ? 71 : 0, takes_out: link.continues ? 12 : 0, waiting: 0,
    stay: link.continues ? [{ reason: 'reconciled', count: 2 }, { reason: 'period_closed', count: 1 }] : [], opening_balance: null,
    ...world.takeBack,
  };
}

function takeBack(world, id) {
  const row = linkedAs(world, id);
  const { conflict } = takeBackPreview(world, id);
  if (conflict !== null) throw new Refusal(409, conflict);
  row.account.link.state = 'taking_back';
  setTimeout(() => {
    Object.assign(row, { is_new: true, version: 'open.9', decided_by: 'Ada Admin', decided_at: at(0) });
    Object.assign(row.account, { link: null, decision: 'open' });
  }, STEP_MS);
  return { id, bank_account_id: row.account.id, state: 'taking_back' };
}

function changeStart(world, id, body) {
  const { link } = linkedAs(world, id).account;
  if (body.start_date !== null && body.start_date <= '2026-08-01' && !body.accept_overlap) {
    throw new Refusal(409, 'link.start_before_last_entry', { last_entry_on: '2026-08-01' });
  }
  const releasing = (body.start_date ?? '') < (link.start_date ?? '');
  link.start_date = body.start_date;
  return { id, releasing, stay: releasing ? 0 : 3 };
}

function progress(world) {
  if (world.progress === null) return { phase: 'done', paused: null, fetched: 0, accounts: [], failed: [], error: null };
  if (world.progress.fixed !== undefined) return { paused: null, ...world.progress.fixed };
  const { since, working } = world.progress;
  const step = (Date.now() - since) / STEP_MS;
  const phase = ['fetching', 'applying', 'booking', 'delivering'][Math.floor(step)];
  const accounts = working.map(({ account, total, isNew }) => {
    const delivered = Math.max(0, Math.min(total, Math.floor((step - 2.5) * total)));
    // What is judged is not held any more; from then on it is on its way.
    if (step >= 1) Object.assign(account, { booked: account.booked + account.held, held: 0 });
    if (step >= 1 && isNew) account.link.ledger_account_name = `Assets:Current:${account.name}`;
    return {
      bank_account_id: account.id, total, done: step < 2 ? 0 : total, before_start: 0, delivered,
      phase: phase === undefined ? 'done' : step < 1 && isNew ? 'waiting_for_account' : step < 2.5 ? 'releasing' : 'delivering',
      opening: !isNew ? 'none' : phase === undefined ? 'posted' : 'due',
    };
  });
  return { phase: phase ?? 'done', paused: null, fetched: 57, accounts, failed: [], error: null };
}

function beginLink(world, body) {
  if (body.connection_id !== undefined) find(world, body.connection_id);
  const id = `lks_${world.sessions.size + 1}`;
  world.sessions.set(id, { purpose: body.purpose, connection: body.connection_id ?? null, state: 'creating', asked: 0 });
  return { id };
}

function arrive(world, connection) {
  if (world.arriving.length === 0) return;
  world.rows.unshift(...world.arriving.splice(0));
  Object.assign(connection, { new_accounts: false, to_decide: world.rows.filter((row) => row.is_new).length });
  connection.accounts = world.rows.map((row) => row.account);
  world.notices = world.notices.filter((one) => one.kind !== 'new_accounts');
}

const PER_PAGE = 20;
const PER_CARD = 15;
const shown = (one) => ({ ...one, accounts_in_all: one.accounts.length });

function found(world, query) {
  const search = (query.get('search') ?? '').toLowerCase();
  const texts = (one) => [one.institution, ...one.accounts.map(({ name, mask }) => `${name} ${mask ?? ''}`)];
  const all = world.connections.filter((one) => texts(one).some((text) => text.toLowerCase().includes(search)));
  return [...all.filter((one) => one.state !== 'removed'), ...all.filter((one) => one.state === 'removed')];
}

function overview(world, query) {
  const all = found(world, query);
  const from = Number(query.get('after') ?? 0);
  const page = all.slice(from, from + PER_PAGE).map((one) => ({ ...shown(one), accounts: one.accounts.slice(0, PER_CARD) }));
  const ended = all.filter((one) => one.state === 'removed').length;
  const body = {
    connections: page, next: page.length === PER_PAGE ? String(from + PER_PAGE) : null,
    live: all.length - ended, ended, notices: world.notices,
  };
  const tag = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32);
  return tag === query.get('seen') ? { tag, unchanged: true } : { tag, unchanged: false, ...body };
}

const CANNED = ['open', 'exited', 'expired', 'failed', 'duplicate', 'other_login'];

function linkSession(world, id, base) {
  const canned = CANNED.find((state) => id === `lks_${state}`);
  const of = world.connections[0] ?? null;
  const shape = { id, purpose: 'add_accounts', state: canned, hosted_url: null, expires_at: at(20), connection_id: of?.id ?? null, duplicate_of: null, replaces: null, error: null };
  if (canned === 'other_login') return { ...shape, purpose: 'relink', replaces: of?.id ?? null };
  if (canned === 'duplicate') return { ...shape, purpose: 'connect', connection_id: null, duplicate_of: { connection_id: of?.id ?? 'con_1', institution: of?.institution ?? 'First Platypus Bank' } };
  if (canned === 'failed') return { ...shape, error: { code: 'INSTITUTION_NOT_RESPONDING', text: 'x', request_id: 'HNTDNrA8F1shFEW' } };
  if (canned === 'exited') return { ...shape, error: { code: 'link.exited', text: 'The person left the bank\'s page.', request_id: '' } };
  if (canned === 'open') return { ...shape, hosted_url: `${base}/bank/${id}` };
  if (canned !== undefined) return shape;
  const session = world.sessions.get(id);
  if (session === undefined) throw new Refusal(404, 'not_found');
  session.asked += 1;
  if (session.state === 'creating' && session.asked > 1 && !world.linkHangs) session.state = 'open';
  if (session.state === 'finishing' && session.asked > 3) {
    session.state = 'done';
    session.connection ??= world.connections[0]?.id ?? null;
    const connection = world.connections.find((one) => one.id === session.connection);
    if (connection !== undefined) arrive(world, connection);
  }
  return {
    ...shape, purpose: session.purpose, state: session.state, connection_id: session.connection,
    hosted_url: session.state === 'open' ? `${base}/bank/${id}` : null,
  };
}

function activity(query) {
  const before = Number(query.get('before') ?? 81);
  const kinds = [
    ['account.linked', 'Ada Admin', { account: 'Payroll', mask: '3333', ledger_account: 'Assets:Bank:Payroll', choice: 'existing', link_id: 'lnk_1', start_date: '2026-09-01', opening_balance: true, connection_id: 'con_1', continues: true, accept_overlap: false }],
    ['account.taken_back', 'Ada Admin', { account: 'Checking', mask: '0000', ledger_account: 'Assets:Bank:Checking', ended_link: 'lnk_2', old_account: 'Checking', old_mask: '0042', resumed_link: '', reason: 'not_shared' }],
    ['account.kept_aside', 'Ada Admin', { account: 'Pension plan', mask: '6666' }],
    ['link_session.finished', 'Ada Admin', { purpose: 'add_accounts', state: 'done', connection_id: 'con_1' }, 'lks_1'],
    ['accounts.found', 'bankfeed', { institution: 'First Platypus Bank', origin: 'add_accounts', count: 2, accounts: [{ id: 'acc_1', name: 'Payroll', mask: '3333' }, { id: 'acc_2', name: 'Event Fund', mask: '2222' }] }, 'con_1'],
    ['notice.opened', 'bankfeed', { kind: 'accounts_to_decide', params: { institution: 'First Platypus Bank', count: 2 } }],
    ['connection.state_changed', 'bankfeed', { from: 'healthy', to: 'needs_user', reason: 'ITEM_LOGIN_REQUIRED' }, 'con_1'],
    ['something.new', 'bankfeed', {}],
    ['notice.cleared', 'bankfeed', { kind: 'rows_refused' }, 'acc_1'],
    ['link_session.started', 'Ada Admin', { purpose: 'repair', state: 'creating', connection_id: 'con_1' }, 'lks_1'],
    ['ledger_account.merged', 'bankfeed', { from: 'acc-393522', from_name: 'Assets:Bank:Old', into: 'acc-1', into_name: 'Assets:Bank:Checking' }, 'acc-1'],
  ];
  const entries = [];
  for (let seq = before - 1; seq >= 1 && entries.length < 50; seq -= 1) {
    const [action, actor, detail, subject = 'acc_1'] = kinds[(80 - seq) % kinds.length];
    entries.push({ seq, at: at(-(80 - seq) * 47), actor, actor_id: actor === 'bankfeed' ? 'system' : 'u1', action, subject, detail });
  }
  const person = query.get('person');
  return { entries: entries.filter((one) => person === null || one.actor_id === person), next: before > 51 ? before - 50 : null };
}

function choices(world, query) {
  const chosen = world.connections.find((one) => one.id === query.get('connection'));
  return {
    people: [{ id: 'system', name: 'bankfeed' }, { id: 'u1', name: 'Ada Admin' }],
    connections: world.connections.map(({ id, institution }) => ({ id, institution })),
    accounts: (chosen?.accounts ?? []).map(({ id, name, mask }) => ({ id, name, mask })),
  };
}

const HASH = '9f2c41d07be6a5f1c3b8d9e0a1726354f0e1d2c3b4a5968778695a4b3c2d1e0f';

function check(world, query) {
  if (world.auditBroken !== undefined) {
    return { at: at(0), up_to: { seq: world.auditBroken - 1, hash: HASH }, at_head: false, broken: world.auditBroken };
  }
  const seq = Math.min(1_080, Number((query.get('after') ?? '0').split('.')[0]) + 1_000);
  return { at: at(0), up_to: { seq, hash: HASH }, at_head: seq === 1_080, broken: null };
}

function changes(query) {
  const word = (more) => ({ date: '2026-11-03', exact: '-84.2', currency: 'USD', exponent: 2, name: 'SQ *PLATYPUS COFFEE 0012 SAN FRANCISCO CA', merchant: 'Platypus Coffee', category: 'FOOD_AND_DRINK', pending: false, ...more });
  const one = (number, more) => ({
    at: at(-number * 700), kind: 'amended', outcome: 'told', id: `txn_${number}`, connection_id: 'con_1', bank_account_id: 'acc_1',
    account: 'Checking', mask: '0000', before: word({}), after: word({ exact: '-86.75', date: '2026-11-05' }), ...more,
  });
  const all = [
    one(1, {}),
    one(2, { outcome: 'reconciled', after: word({ name: 'PLATYPUS COFFEE 0012', merchant: '' }) }),
    one(3, { kind: 'taken_back', after: null }),
    one(4, { kind: 'taken_back', outcome: 'many_removed', after: null, before: word({ merchant: '', name: 'מכולת השכונה 12' }) }),
    one(5, { kind: 'returned', outcome: 'told', after: word({ exact: '-1234567.89' }) }),
  ];
  return { changes: query.get('bank_account') === null ? all : all.slice(0, 1), next: null };
}

/** Three imports; an undo of the first goes on for a moment. */
function importsOf(world) {
  const standing = (rows, undone, kept) => ({
    rows, booked: rows - undone, undone, can_undo: rows - undone - kept.reduce((sum, each) => sum + each.count, 0), protected: kept,
    first_date: '2026-08-25', last_date: '2026-11-20',
  });
  const one = (id, minutes, cause, by, made, accounts, more = {}) => ({
    head: {
      id, connection_id: 'con_1', institution: 'First Platypus Bank', cause, by, began_at: at(-minutes), ended_at: at(-minutes), rows_booked: made.rows,
      state: 'booked', asked_by: null, undone_at: null, ...more,
    },
    standing: made, accounts,
  });
  const account = (name, mask, ledger, made, opening = null) =>
    ({ bank_account_id: `acc_${mask}`, name, mask, ledger_account_name: ledger, opening_balance: opening, ...made });
  const kept = [{ reason: 'reconciled', count: 2 }, { reason: 'period_closed', count: 1 }];
  world.imports ??= [
    one('imp_1', 12, 'link', 'Ada Admin', standing(120, 0, kept), [
      account('Checking', '0000', 'Assets:Bank:Checking', standing(91, 0, kept), money(123456)),
      account('Savings', '1111', 'Assets:Bank:Savings', standing(29, 0, [])),
    ]),
    one('imp_2', 190, 'sync', null, standing(1, 0, []), [account('Checking', '0000', 'Assets:Bank:Checking', standing(1, 0, []))]),
    one('imp_3', 3_000, 'start_date', 'Grace Bookkeeper', standing(14, 14, []), [account('Savings', '1111', 'Assets:Bank:Savings', standing(14, 14, []))], { asked_by: 'Ada Admin', undone_at: at(-600) }),
  ];
  return world.imports;
}

function importOf(world, id) {
  const found = importsOf(world).find((one) => one.head.id === id);
  if (found === undefined) throw new Refusal(404, 'not_found');
  return found;
}

function changeImport(world, id, undo) {
  const found = importOf(world, id);
  found.head.state = undo ? 'undoing' : 'redoing';
  setTimeout(() => {
    for (const of of [found.standing, ...found.accounts]) {
      const count = undo ? of.can_undo : of.undone;
      Object.assign(of, undo ? { booked: of.booked - count, undone: of.undone + count, can_undo: 0 } : { booked: of.booked + count, undone: 0, can_undo: count });
    }
    Object.assign(found.head, { state: 'booked', asked_by: 'Ada Admin', undone_at: undo ? at(0) : found.head.undone_at });
  }, 2_500);
  return { id, state: found.head.state };
}

const protectedRows = () => ({
  transactions: [['reconciled', 3], ['reconciled', 4], ['period_closed', 5]].map(([reason, day]) => ({
    id: `txn_${day}`, bank_account_id: 'acc_0000', date: `2026-09-0${day}`, amount: money(-8420 - day), name: 'SQ *PLATYPUS COFFEE 0012', merchant: 'Platypus Coffee', reason,
  })),
  next: null,
});

function health(world) {
  return {
    now: at(0), version: '0.1.0', environment: 'sandbox', connections: { healthy: world.connections.length, needs_user: 1 },
    jobs: { waiting: 4, running: 1, failing: 0, next_due_at: at(3) },
    feeds: { count: 5, held: 1, undelivered: 12345, behind: 2, waiting_since: at(-190) }, balance_proofs: { proven: 3, differs: 1, unknown: 1 },
    notices: world.notices.length, ledger_accounts: 12, ledger_accounts_waiting: 0,
    webhooks: {
      address: world.webhookAddress === undefined ? 'https://books.example/plugins/plaid/webhook/' : world.webhookAddress,
      last_seen_at: world.webhookAddress === undefined ? at(-7) : null, stored: 1204, repeated: 3, refused: 2, forged: 1, postponed: 0, not_understood: 0,
      unknown_kind: 1, unknown_connection: 4, key_fetches: 2,
    },
    webhook_keys: { kept: 2, expired: 1, refused: 0, under_way: 0 },
    budgets: [{ call: '/transactions/sync', used: 112, limit: 2500, waiting_seconds: 0 }, { call: '/accounts/get', used: 3, limit: 15000, waiting_seconds: 42 }, { call: '/item/get', used: 0, limit: 5000, waiting_seconds: 0 }],
    token_key: { id: '2c76823f', sealed_with_other_keys: 0 },
  };
}

function healthAccounts(query) {
  const proved = (more) => ({ state: 'proven', reason: '', bank: '1234.56', ledger: '1234.56', difference: '0', unexplained: '0', since: null, looked_at: at(-11), ...more });
  const one = (name, mask, more) => ({
    bank_account_id: `acc_${mask}`, connection_id: 'con_1', institution: 'First Platypus Bank', name, mask, currency: 'USD', exponent: 2, undelivered: 0,
    waiting_since: null, delivered_at: at(-5), held_reason: null, proof: proved({}), ...more,
  });
  const all = [
    one('Checking', '0000', {}),
    one('Savings', '1111', { undelivered: 12344, waiting_since: at(-190), held_reason: 'period_closed', proof: proved({ state: 'differs', difference: '-1250', since: at(-4_000) }) }),
    one('Haushaltskonto mit einem langen Namen', '2222', { undelivered: 1, waiting_since: at(-2), delivered_at: null, proof: null }),
  ];
  const show = query.get('show');
  return { accounts: all.filter((each) => show === null || (show === 'behind' ? each.undelivered > 0 : each.proof?.state === 'differs')), next: null };
}

/** JSON with the units of money bare: an int64 is kept as text here, because a number of JavaScript does not hold it. */
export const textOf = (body) => JSON.stringify(body).replace(/"units":"(-?\d+)"/g, '"units":$1');

/** Answers one request: [status, body]. `base` is the address of the scenario. */
export function answer(world, method, path, query, body, base) {
  try {
    if (world.fault !== null && path !== 'session') {
      throw new Refusal(world.fault.status, world.fault.code, {}, world.fault.text);
    }
    const [first, id, verb] = path.split('/');
    const route = `${method} ${[first, id === undefined ? null : '{id}', verb ?? null].filter(Boolean).join('/')}`;
    switch (route) {
      case 'GET session':
        if (world.fault?.status === 401) throw new Refusal(401, world.fault.code);
        return [200, { user: world.user ?? { id: 'u1', name: 'Ada Admin' }, tenant: 'main', can: world.can, csrf: 'token', environment: 'sandbox', version: '0.1.0', books_url: world.books, webhooks: true, poll_interval_seconds: 21600 }];
      case 'GET overview': return [200, overview(world, query)];
      case 'GET connections/{id}': return [200, shown(find(world, id))];
      case 'POST connections/{id}/sync':
        Object.assign(find(world, id), { activity: 'syncing' });
        setTimeout(() => Object.assign(find(world, id), { activity: 'idle', last_success_at: at(0), last_attempt_at: at(0) }), 4_000);
        return [202, { id, bank_asked: false, bank_askable_at: null, bank_refused: null }];
      case 'GET tenant': return [200, { tenant: 'main', erasure: null }];
      case 'POST connections/{id}/pause':
        Object.assign(find(world, id), { paused: { by: 'Ada Admin', since: at(0) } });
        return [202, { id }];
      case 'POST connections/{id}/resume':
        Object.assign(find(world, id), { paused: null });
        return [202, { id }];
      case 'POST connections/{id}/disconnect':
        Object.assign(find(world, id), { state: 'removed', new_accounts: false, to_decide: 0 });
        world.notices = world.notices.filter((one) => one.subject !== id);
        return [202, { id }];
      case 'GET connections/{id}/review':
        return [200, { connection: head(find(world, id)), accounts: world.rows, ledger_accounts: world.ledgers }];
      case 'POST links/{id}/end': return [202, endLink(world, id)];
      case 'GET links/{id}/take-back': return [200, takeBackPreview(world, id)];
      case 'POST links/{id}/take-back': return [202, takeBack(world, id)];
      case 'POST links/{id}/start-date': return [202, changeStart(world, id, body)];
      case 'POST connections/{id}/review': return [202, apply(world, id, body.decisions)];
      case 'GET connections/{id}/progress': return [200, progress(world)];
      case 'POST link-sessions': return [202, beginLink(world, body)];
      case 'GET link-sessions/{id}': return [200, linkSession(world, id, base)];
      case 'POST link-sessions/{id}/connect-anyway':
      case 'POST link-sessions/{id}/drop':
      case 'POST connections/{id}/keep-both': return [202, { id }];
      case 'POST link-sessions/{id}/add-to-existing': return [202, { id: 'lks_open' }];
      case 'POST notices/{id}/dismiss':
        world.notices = world.notices.filter((one) => one.id !== id);
        return [202, { id }];
      case 'POST held/{id}': return [202, decideHeld(world, body)];
      case 'GET held/{id}':
        if (id === 'accounts') return [200, heldAccounts(world, found(world, query), query)];
        return [200, { entries: heldEntries(query) }];
      case 'GET held': return [200, held(world, query)];
      case 'GET activity/{id}': return [200, id === 'check' ? check(world, query) : choices(world, query)];
      case 'GET changes': return [200, changes(query)];
      case 'GET imports': return [200, { imports: importsOf(world).map((one) => one.head), next: null }];
      case 'GET imports/{id}': {
        const { head: own, standing, accounts } = importOf(world, id);
        return [200, { ...own, ...standing, accounts }];
      }
      case 'GET imports/{id}/protected': return [200, protectedRows()];
      case 'POST imports/{id}/undo': return [202, changeImport(world, id, true)];
      case 'POST imports/{id}/redo': return [202, changeImport(world, id, false)];
      case 'GET activity': return [200, activity(query)];
      case 'GET health/{id}': return [200, id === 'accounts' ? healthAccounts(query) : { text: 'bankfeed: 0.1.0\nconnections.healthy: 3\n' }];
      case 'GET health': return [200, health(world)];
      default: throw new Refusal(404, 'not_found');
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.status, { error: { code: error.code, params: error.params, text: error.message } }];
  }
}

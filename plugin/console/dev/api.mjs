// The console's API over a canned world, faithful enough to play the story in a browser.

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
  return decisions.filter((one) => one.ledger_account_id === world.racedLedger).map((one) => ({
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
        start_date: decision.start_date, state: 'active', linked_at: at(0), linked_by: 'Ada Admin',
      },
    });
  }
  connection.to_decide = world.rows.filter((row) => row.is_new).length;
  world.notices = world.notices.filter((one) => one.kind !== 'accounts_to_decide' || connection.to_decide > 0);
  world.progress = { since: Date.now(), working };
  return counts;
}

function progress(world) {
  if (world.progress === null) return { phase: 'done', fetched: 0, accounts: [], failed: [], error: null };
  if (world.progress.fixed !== undefined) return world.progress.fixed;
  const { since, working } = world.progress;
  const step = (Date.now() - since) / STEP_MS;
  const phase = ['fetching', 'applying', 'booking', 'delivering'][Math.floor(step)];
  const accounts = working.map(({ account, total, isNew }) => {
    const delivered = Math.max(0, Math.min(total, Math.floor((step - 2.5) * total)));
    if (phase === undefined) Object.assign(account, { booked: account.booked + account.held, held: 0 });
    if (step >= 1 && isNew) account.link.ledger_account_name = `Assets:Current:${account.name}`;
    return {
      bank_account_id: account.id, total, done: step < 2 ? 0 : total, before_start: 0, delivered,
      phase: phase === undefined ? 'done' : step < 1 && isNew ? 'waiting_for_account' : step < 2.5 ? 'releasing' : 'delivering',
      opening: !isNew ? 'none' : phase === undefined ? 'posted' : 'due',
    };
  });
  return { phase: phase ?? 'done', fetched: 57, accounts, failed: [], error: null };
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

const CANNED = ['open', 'exited', 'expired', 'failed', 'duplicate', 'other_login'];

function linkSession(world, id, base) {
  const canned = CANNED.find((state) => id === `lks_${state}`);
  const of = world.connections[0] ?? null;
  const shape = { id, purpose: 'add_accounts', state: canned, hosted_url: null, expires_at: at(20), connection_id: of?.id ?? null, duplicate_of: null, replaces: null, error: null };
  if (canned === 'other_login') return { ...shape, purpose: 'relink', replaces: of?.id ?? null };
  if (canned === 'duplicate') return { ...shape, purpose: 'connect', connection_id: null, duplicate_of: { connection_id: of?.id, institution: of?.institution } };
  if (canned === 'failed') return { ...shape, error: { code: 'INSTITUTION_NOT_RESPONDING', text: 'x', request_id: 'HNTDNrA8F1shFEW' } };
  if (canned === 'exited') return { ...shape, error: { code: 'link.exited', text: 'The person left the bank\'s page.' } };
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

function held(world, query) {
  if (world.heldRows !== undefined) return { transactions: world.heldRows, next: null };
  const after = Number(query.get('after') ?? 0);
  const transactions = Array.from({ length: 100 }, (_, index) => {
    const number = after + index + 1;
    return {
      id: `txn_${number}`, date: `2026-${String(11 - (Math.floor(number / 28) % 11)).padStart(2, '0')}-${String(28 - (number % 28)).padStart(2, '0')}`,
      amount: number % 7 === 3 ? { units: 0, exponent: 2, currency: 'USD' } : money(number % 5 === 0 ? 250000 : -8420 - number * 13),
      exact: number % 7 === 3 ? '99999999999999999999.99' : '-84.205', rounded: number % 9 === 2,
      name: `SQ *PLATYPUS COFFEE 00${number} SAN FRANCISCO CA`, merchant: number % 2 === 0 ? 'Platypus Coffee' : '',
      pending: number === 1, reason: number % 7 === 3 ? 'overflow' : number % 11 === 5 ? 'overlap' : 'not_linked',
    };
  });
  return { transactions, next: after === 0 ? '100' : null };
}

function heldEntries(query) {
  if (Number(query.get('transaction').slice(4)) > 20) return [];
  return [3, 8].map((day) => ({
    id: `key_${day}`, date: `2026-11-0${day}`, amount: money(-8420 - day), name: 'PLATYPUS COFFEE 001', merchant: '',
  }));
}

function activity(query) {
  const before = Number(query.get('before') ?? 81);
  const kinds = [
    ['account.linked', 'Ada Admin', { account: 'Payroll', mask: '3333', ledger_account: 'Assets:Bank:Payroll', choice: 'existing', link_id: 'lnk_1', start_date: '2026-09-01', opening_balance: true, accept_overlap: false }],
    ['account.kept_aside', 'Ada Admin', { account: 'Pension plan', mask: '6666' }],
    ['link_session.finished', 'Ada Admin', { purpose: 'add_accounts', state: 'done' }],
    ['accounts.found', 'bankfeed', { institution: 'First Platypus Bank', origin: 'add_accounts', count: 2, accounts: [{ id: 'acc_1', name: 'Payroll', mask: '3333' }, { id: 'acc_2', name: 'Event Fund', mask: '2222' }] }],
    ['notice.opened', 'bankfeed', { kind: 'accounts_to_decide', params: { institution: 'First Platypus Bank', count: 2 } }],
    ['connection.state_changed', 'bankfeed', { from: 'needs_user', to: 'healthy' }],
    ['something.new', 'bankfeed', {}],
  ];
  const entries = [];
  for (let seq = before - 1; seq >= 1 && entries.length < 50; seq -= 1) {
    const [action, actor, detail] = kinds[(80 - seq) % kinds.length];
    entries.push({ seq, at: at(-(80 - seq) * 47), actor, action, subject: 'acc_0003', detail });
  }
  return { entries, next: before > 51 ? before - 50 : null };
}

function health(world) {
  return {
    now: at(0), version: '0.1.0', environment: 'sandbox', connections: { healthy: world.connections.length, needs_user: 1 },
    jobs: { waiting: 4, running: 1, failing: 0, next_due_at: at(3) }, feeds: { count: 5, held: 0, undelivered: 12345 },
    notices: world.notices.length, ledger_accounts: 12, ledger_accounts_waiting: 0,
  };
}

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
        return [200, { user: { id: 'u1', name: 'Ada Admin' }, tenant: 'main', can: world.can, csrf: 'token', environment: 'sandbox', version: '0.1.0', books_url: world.books, webhooks: true, poll_interval_seconds: 21600 }];
      case 'GET overview': return [200, { connections: world.connections, notices: world.notices }];
      case 'GET connections/{id}': return [200, find(world, id)];
      case 'POST connections/{id}/sync':
        Object.assign(find(world, id), { activity: 'syncing' });
        setTimeout(() => Object.assign(find(world, id), { activity: 'idle', last_success_at: at(0), last_attempt_at: at(0) }), 4_000);
        return [202, { id, bank_asked: false, bank_askable_at: null, bank_refused: null }];
      case 'GET tenant': return [200, { tenant: 'main', erasure: null }];
      case 'POST connections/{id}/pause':
        Object.assign(find(world, id), { paused: { by: 'Ada Admin', since: at(0) } });
        return [202, {}];
      case 'POST connections/{id}/resume':
        Object.assign(find(world, id), { paused: null });
        return [202, {}];
      case 'POST connections/{id}/disconnect':
        Object.assign(find(world, id), { state: 'removed', new_accounts: false, to_decide: 0 });
        world.notices = world.notices.filter((one) => one.subject !== id);
        return [202, {}];
      case 'GET connections/{id}/review':
        return [200, { connection: head(find(world, id)), accounts: world.rows, ledger_accounts: world.ledgers }];
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
      case 'POST held/{id}': return [202, { decided: body.transactions.length }];
      case 'GET held/{id}': return [200, { entries: heldEntries(query) }];
      case 'GET held': return [200, held(world, query)];
      case 'GET activity': return [200, activity(query)];
      case 'GET health': return [200, health(world)];
      default: throw new Refusal(404, 'not_found');
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [error.status, { error: { code: error.code, params: error.params, text: error.message } }];
  }
}

// Held transactions of the canned worlds: counts, lists and the entries that one of them may be.

import { at, money } from './shapes.mjs';

const LANES = ['pending', 'before_start', 'left_out'];

/** What an account has, by reason: as the world says, else all that is held waits for a link. */
const reasonsOf = (world, account) => world.heldFor?.[account.id] ?? (account.held > 0 ? { not_linked: account.held } : {});

const counted = (reasons) => Object.entries(reasons).filter(([, count]) => count > 0).map(([reason, count]) => ({ reason, count }));

function accountOf(world, one, account) {
  const { id, name, mask, currency, held, pending, before_start } = account;
  return {
    id, name, mask, currency, connection_id: one.id, connection_state: one.state, institution: one.institution,
    held, pending, before_start, left_out: world.leftOut?.[id]?.length ?? 0, reasons: counted(reasonsOf(world, account)),
  };
}

function totalsOf(accounts) {
  const reasons = {};
  for (const { reason, count } of accounts.flatMap((one) => one.reasons)) reasons[reason] = (reasons[reason] ?? 0) + count;
  const sum = (name) => accounts.reduce((all, one) => all + one[name], 0);
  return { held: sum('held'), pending: sum('pending'), before_start: sum('before_start'), left_out: sum('left_out'), reasons: counted(reasons) };
}

const accountsOf = (world, connections) => connections.flatMap((one) => one.accounts.map((account) => accountOf(world, one, account)));

function countOf(account, reason) {
  if (reason === '') return account.held;
  return LANES.includes(reason) ? account[reason] : account.reasons.find((one) => one.reason === reason)?.count ?? 0;
}

export function heldAccounts(world, found, query) {
  const reason = query.get('reason') ?? '';
  const after = query.get('after');
  const listed = accountsOf(world, found).filter((one) => countOf(one, reason) > 0);
  const from = after === null ? 0 : listed.findIndex((one) => one.id === after) + 1;
  const accounts = listed.slice(from, from + 50);
  return {
    totals: after === null ? totalsOf(accountsOf(world, world.connections)) : null, accounts,
    next: listed.length > from + 50 ? accounts[49].id : null,
  };
}

const EXACT = { overflow: '99999999999999999999.99', not_a_number: '12,5O', rounded: '-14.999', currency_differs: '-31.5' };

/** One transaction that waits for a reason. */
function row(account, reason, number) {
  const rounded = reason === 'rounded';
  return {
    id: `txn_${reason}_${number}`, date: `2026-11-${String(22 - (number % 20)).padStart(2, '0')}`,
    amount: rounded ? money(-1500) : EXACT[reason] === undefined ? money(-8420 - number * 13) : { units: reason === 'currency_differs' ? -3150 : 0, exponent: 2, currency: reason === 'currency_differs' ? 'USD' : account.currency },
    exact: EXACT[reason] ?? '-84.2', rounded, name: `SQ *PLATYPUS COFFEE 00${number} SAN FRANCISCO CA`, merchant: number % 2 === 0 ? 'Platypus Coffee' : '',
    pending: reason === 'pending', reason, in_books: reason === 'reconciled', left_out: null,
  };
}

/** Of an account of which the state says what waits, exactly that. */
function stated(world, account, reason) {
  const lanes = { pending: account.pending, before_start: account.before_start };
  const wanted = reason === '' ? reasonsOf(world, account) : { [reason]: lanes[reason] ?? reasonsOf(world, account)[reason] ?? 0 };
  const still = (why, count) => Array.from({ length: 99 }, (_, index) => row(account, why, index + 1)).filter(({ id }) => !world.decided?.has(id)).slice(0, count);
  return Object.entries(wanted).flatMap(([why, count]) => still(why, count));
}

/** Pages without an end, of many reasons. */
function mixed(after) {
  return Array.from({ length: 100 }, (_, index) => {
    const number = after + index + 1;
    return {
      id: `txn_${number}`, date: `2026-${String(11 - (Math.floor(number / 28) % 11)).padStart(2, '0')}-${String(28 - (number % 28)).padStart(2, '0')}`,
      amount: number % 7 === 3 ? { units: 0, exponent: 2, currency: 'USD' } : money(number % 5 === 0 ? 250000 : -8420 - number * 13),
      exact: number % 7 === 3 ? '99999999999999999999.99' : '-84.205', rounded: number % 9 === 2,
      name: `SQ *PLATYPUS COFFEE 00${number} SAN FRANCISCO CA`, merchant: number % 2 === 0 ? 'Platypus Coffee' : '',
      pending: number === 1, reason: number % 7 === 3 ? 'overflow' : number % 11 === 5 ? 'overlap' : 'not_linked', in_books: false, left_out: null,
    };
  });
}

export function held(world, query) {
  const after = Number(query.get('after') ?? 0);
  const reason = query.get('reason') ?? '';
  const places = world.connections.flatMap((one) => one.accounts.map((account) => [one, account]));
  const [one, found] = places.find(([, { id }]) => id === query.get('bank_account')) ?? [];
  const account = after === 0 && found !== undefined ? accountOf(world, one, found) : null;
  if (reason === 'left_out') return { account, transactions: world.leftOut?.[found?.id] ?? [], next: null };
  const fits = (transaction) => reason === '' || transaction.reason === reason;
  if (world.heldRows !== undefined) return { account, transactions: world.heldRows.filter(fits), next: null };
  if (world.heldFor?.[found?.id] !== undefined || reason !== '') {
    const transactions = found === undefined ? [] : stated(world, found, reason);
    return { account, transactions, next: null };
  }
  return { account, transactions: mixed(after), next: after === 0 ? '100' : null };
}

/** Takes what was decided off its list. */
export function decideHeld(world, body) {
  world.decided ??= new Set();
  const reasons = world.heldFor?.[body.bank_account];
  const account = world.connections.flatMap((one) => one.accounts).find(({ id }) => id === body.bank_account);
  for (const id of reasons === undefined ? [] : body.transactions) {
    const reason = id.replace(/^txn_|_\d+$/g, '');
    const back = body.choice === 'take_back';
    reasons[reason] += back ? 1 : -1;
    account.held += back ? 1 : -1;
    if (back) world.decided.delete(id);
    else world.decided.add(id);
    world.leftOut ??= {};
    const left = (world.leftOut[account.id] ??= []);
    if (back) left.splice(left.findIndex((one) => one.id === id), 1);
    else if (EXACT[reason] !== undefined && reason !== 'rounded') {
      left.push({ ...row(account, reason, Number(id.replace(/.*_/, ''))), reason: 'left_out', left_out: { by: 'Ada Admin', at: at(-3), reason } });
    }
  }
  return { decided: body.transactions.length };
}

export function heldEntries(query) {
  if (Number(query.get('transaction').slice(4)) > 20) return [];
  return [3, 8].map((day) => ({
    id: `key_${day}`, date: `2026-11-0${day}`, amount: money(-8420 - day), name: 'PLATYPUS COFFEE 001', merchant: '',
  }));
}

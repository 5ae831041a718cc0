// The draft of a review: what the person has chosen so far, what it adds up to, and what the server
// would refuse. The server decides; the checks here only spare a round trip.

import { dayAfter, today } from './dates';
import { titled } from './text';
import type { BankAccount, Conflict, Decision, LedgerAccount, Review, ReviewRow } from './types';

export type Choice = 'new' | 'existing' | 'none' | 'later';

export interface RowDraft {
  choice: Choice;
  name: string;
  /** Id of the chosen ledger account, "" while none is chosen. */
  ledger: string;
  /** Start date for a ledger account that is made; "" is the whole history. */
  startNew: string;
  /** Start date for an existing ledger account; "" is the default. */
  startExisting: string;
  opening: boolean;
  overlap: boolean;
  /** The person says that it is another account than the one that it looks like. */
  duplicate: boolean;
  /** The person knows that earlier entries of the account are in another ledger account. */
  elsewhere: boolean;
  /** Of the row that it was decided from: what others decided since is not undone unseen. */
  version: string;
}

/** By bank account id. Holds every row that is to be decided. */
export type Draft = Record<string, RowDraft>;

/** The type of ledger account that a bank account may feed. */
export function ledgerType(bankType: string): string {
  return bankType === 'credit' || bankType === 'loan' ? 'liability' : 'asset';
}

export function fits(account: BankAccount, ledger: LedgerAccount): boolean {
  return ledger.open && ledger.currency === account.currency && ledger.type === ledgerType(account.type);
}

/** What the picker offers: fitting accounts, and the chosen one even if it does not fit. */
export function pickable(account: BankAccount, ledgers: LedgerAccount[], chosen: string): LedgerAccount[] {
  return ledgers.filter((ledger) => ledger.id === chosen || fits(account, ledger));
}

/** As many as a person can look through, and a browser draw for each row of a review. */
export const PICKER_MOST = 200;

/** The accounts whose names hold `wanted`, and how many of them the picker leaves out; never the chosen one. */
export function narrowed(ledgers: LedgerAccount[], wanted: string, chosen: string):
  { shown: LedgerAccount[]; left: number } {
  const text = wanted.trim().toLowerCase();
  const found = ledgers.filter((ledger) => ledger.id === chosen || ledger.name.toLowerCase().includes(text));
  const shown = found.filter((ledger, place) => place < PICKER_MOST || ledger.id === chosen);
  return { shown, left: found.length - shown.length };
}

/** Whether a decision about this row can be made: linked accounts keep their link. */
export function decidable(row: ReviewRow): boolean {
  return row.account.link === null || row.account.link.state === 'ended';
}

/** What stands in the way and can be answered: "it is another account". */
export function answerable(row: ReviewRow): boolean {
  return row.conflicts.some((one) => one.choices.includes('accept_duplicate'));
}

/** The choices that a row has: where something stands in the way of any link, what is left. */
export function choicesFor(row: ReviewRow, accepted: boolean): Choice[] {
  const standing = row.conflicts.filter((one) => !(accepted && one.choices.includes('accept_duplicate')));
  if (standing.length === 0) return ['existing', 'new', 'none', 'later'];
  const left = (choice: Choice): boolean => standing.every((one) => one.choices.includes(choice));
  return left('none') ? ['none', 'later'] : ['later'];
}

/** The start date that an existing ledger account gets unless the person says otherwise. */
export function defaultStart(row: ReviewRow, ledger: LedgerAccount | undefined): string {
  if (ledger === undefined) return '';
  const proposed = row.proposal?.choice === 'existing' ? row.proposal.ledger_account_id : null;
  const meant = ledger.id === proposed || ledger.id === row.feed_before?.ledger_account_id;
  if (meant && row.start_date_default !== null) return row.start_date_default;
  return ledger.last_entry_on === null ? '' : (dayAfter(ledger.last_entry_on) ?? '');
}

/** A row as the server proposes it. */
export function firstDraft(row: ReviewRow, ledgers: LedgerAccount[]): RowDraft {
  const draft: RowDraft = {
    choice: 'later',
    name: row.proposal?.choice === 'new' ? row.proposal.name : row.name_default || row.account.name,
    ledger: '',
    startNew: '',
    startExisting: '',
    opening: true,
    overlap: false,
    duplicate: false,
    elsewhere: false,
    version: row.version,
  };
  const aside = answerable(row) || row.conflicts.some((one) => one.code === 'balances_only');
  if (aside && choicesFor(row, false).includes('none')) return { ...draft, choice: 'none' };
  if (row.proposal === null || row.conflicts.length > 0) return draft;
  if (row.proposal.choice === 'new') return { ...draft, choice: 'new' };
  const id = row.proposal.ledger_account_id;
  return { ...draft, choice: 'existing', ledger: ledgers.some((ledger) => ledger.id === id) ? id : '' };
}

/** Whether what the draft says stands by now, or says nothing: then what another person decided is shown as it is. */
function overtaken(chosen: RowDraft, row: ReviewRow): boolean {
  return chosen.version !== row.version &&
    (chosen.choice === 'later' || (chosen.choice === 'none' && row.account.decision === 'aside'));
}

/** The draft of a review: kept rows where they still make sense, proposals for the rest. */
export function draftOf(review: Review, kept: Draft): Draft {
  const draft: Draft = {};
  for (const row of review.accounts) {
    if (!decidable(row)) continue;
    const { id } = row.account;
    const old = kept[id];
    const sensible = old !== undefined && choicesFor(row, old.duplicate).includes(old.choice);
    if (sensible && !overtaken(old, row)) draft[id] = old;
    else if (row.is_new) draft[id] = firstDraft(row, review.ledger_accounts);
  }
  return draft;
}

export interface Summary {
  link: number;
  /** To be linked, but to what is not said yet. */
  unsaid: number;
  aside: number;
  later: number;
}

export function summaryOf(draft: Draft): Summary {
  const summary: Summary = { link: 0, unsaid: 0, aside: 0, later: 0 };
  for (const row of Object.values(draft)) {
    if (row.choice === 'none') summary.aside += 1;
    else if (row.choice === 'later') summary.later += 1;
    else if ((row.choice === 'new' ? row.name.trim() : row.ledger) === '') summary.unsaid += 1;
    else summary.link += 1;
  }
  return summary;
}

/** What is said of the accounts to be linked: what is held is booked at once, but new ones may have to wait. */
export function syncsWhen(connection: Pick<Review['connection'], 'state' | 'paused'>):
  'review.summary.link' | 'review.summary.link_paused' | 'review.summary.link_login' | 'review.summary.link_ended' {
  switch (connection.state) {
    case 'needs_user': return 'review.summary.link_login';
    case 'revoked':
    case 'gone':
    case 'removed': return 'review.summary.link_ended';
    default: return connection.paused === null ? 'review.summary.link' : 'review.summary.link_paused';
  }
}

/** Which rows are shown; "" for all. */
export interface Filter {
  currency: string;
  type: string;
}

export const NO_FILTER: Filter = { currency: '', type: '' };

export function passes(account: BankAccount, filter: Filter): boolean {
  return (filter.currency === '' || account.currency === filter.currency) &&
    (filter.type === '' || account.type === filter.type);
}

/** What there is to filter by, in the order it first comes. */
export function filtersOf(review: Review): { currencies: string[]; types: string[] } {
  const all = review.accounts.map(({ account }) => account);
  const some = (values: string[]): string[] => [...new Set(values.filter((value) => value !== ''))];
  return { currencies: some(all.map((one) => one.currency)), types: some(all.map((one) => one.type)) };
}

/** Which words the one button of the review carries. While something is unsaid it only leads there. */
export function verbOf(summary: Summary):
  'apply.unsaid' | 'apply.link' | 'apply.link_aside' | 'apply.aside' | 'apply.later' {
  if (summary.unsaid > 0) return 'apply.unsaid';
  if (summary.link > 0) return summary.aside > 0 ? 'apply.link_aside' : 'apply.link';
  return summary.aside > 0 ? 'apply.aside' : 'apply.later';
}

/** A new account that is left for later. */
export function staysOpen(row: ReviewRow, chosen: RowDraft): boolean {
  return row.is_new && chosen.choice === 'later';
}

/** The draft as the API takes it, in the order of the review. */
export function decisionsOf(review: Review, draft: Draft): Decision[] {
  const decisions: Decision[] = [];
  for (const row of review.accounts) {
    const { id } = row.account;
    const chosen = draft[id];
    // What stays open needs no decision: another person's about it is none of this draft's business.
    if (chosen === undefined || staysOpen(row, chosen)) continue;
    const { version } = chosen;
    if (chosen.choice === 'new') {
      decisions.push({
        bank_account_id: id,
        version,
        choice: 'new',
        name: chosen.name.trim(),
        start_date: chosen.startNew === '' ? null : chosen.startNew,
        opening_balance: chosen.opening,
        ...(chosen.duplicate ? { accept_duplicate: true as const } : {}),
        ...(chosen.elsewhere ? { accept_elsewhere: true as const } : {}),
      });
    } else if (chosen.choice === 'existing') {
      const ledger = review.ledger_accounts.find((one) => one.id === chosen.ledger);
      const start = chosen.startExisting === '' ? defaultStart(row, ledger) : chosen.startExisting;
      decisions.push({
        bank_account_id: id,
        version,
        choice: 'existing',
        ledger_account_id: chosen.ledger,
        start_date: start === '' ? null : start,
        ...(ledger?.last_entry_on === null ? { opening_balance: chosen.opening } : {}),
        ...(chosen.overlap ? { accept_overlap: true as const } : {}),
        ...(chosen.duplicate ? { accept_duplicate: true as const } : {}),
        ...(chosen.elsewhere ? { accept_elsewhere: true as const } : {}),
      });
    } else {
      decisions.push({ bank_account_id: id, version, choice: chosen.choice });
    }
  }
  return decisions;
}

/** Another person decided about the row since it was read for this draft. */
function checkVersion(row: ReviewRow, chosen: RowDraft): Conflict | null {
  if (chosen.version === row.version) return null;
  return {
    bank_account_id: row.account.id,
    code: 'decided_meanwhile',
    params: { decision: row.account.decision, by: row.decided_by ?? '', at: row.decided_at ?? '', version: row.version },
    choices: ['keep_theirs', 'decide_anew'],
  };
}

function checkExisting(row: ReviewRow, chosen: RowDraft, draft: Draft, review: Review): Conflict | null {
  const { account } = row;
  const conflict = (code: string, params: Conflict['params'], choices: string[]): Conflict => ({
    bank_account_id: account.id, code, params, choices,
  });
  if (chosen.ledger === '') return conflict('ledger_account_missing', {}, ['choose_another', 'later']);
  const ledger = review.ledger_accounts.find((one) => one.id === chosen.ledger);
  const another = ['choose_another', 'later'];
  if (ledger === undefined) return conflict('ledger_account_unknown', {}, another);
  if (ledger.fed_by !== null) {
    const { name, mask, institution } = ledger.fed_by;
    return conflict('ledger_account_taken',
      { ledger_account: ledger.name, fed_by: titled(name, mask), institution }, another);
  }
  const twice = Object.entries(draft).some(([id, other]) =>
    id !== account.id && other.choice === 'existing' && other.ledger === ledger.id);
  if (twice) return conflict('ledger_account_chosen_twice', { ledger_account: ledger.name }, another);
  if (!ledger.open) return conflict('ledger_account_closed', { ledger_account: ledger.name }, another);
  if (ledger.currency !== account.currency) {
    return conflict('currency_differs', { bank: account.currency, ledger: ledger.currency }, another);
  }
  if (ledger.type !== ledgerType(account.type)) {
    return conflict('type_differs', { bank: ledgerType(account.type), ledger: ledger.type }, another);
  }
  const start = chosen.startExisting;
  const before = row.feed_before?.ledger_account_id === ledger.id ? row.feed_before : null;
  // What the account itself booked before is known, and not booked again.
  const early = before === null ? start <= (ledger.last_entry_on ?? '') : start < before.from;
  if (start !== '' && ledger.last_entry_on !== null && early && !chosen.overlap) {
    return conflict('start_before_last_entry', { last_entry_on: ledger.last_entry_on },
      ['accept_overlap', 'default_start']);
  }
  const after = ledger.last_entry_on === null ? null : dayAfter(ledger.last_entry_on);
  // Entries that were written ahead would keep today's transactions out, without a word.
  if (start === '' && before === null && after !== null && after > (dayAfter(today()) ?? '')) {
    return conflict('entries_ahead', { last_entry_on: ledger.last_entry_on }, ['start_tomorrow', 'default_start']);
  }
  return null;
}

/** Whether a ledger account has the name: in full or, among those of its own type, as its last part. */
function hasName(ledger: LedgerAccount, name: string, type: string): boolean {
  const full = ledger.name.toLowerCase();
  const wanted = name.toLowerCase();
  return full === wanted || (ledger.type === type && full.endsWith(`:${wanted}`));
}

function checkNew(account: BankAccount, chosen: RowDraft, draft: Draft, review: Review): Conflict | null {
  const name = chosen.name.trim();
  if (name === '') return { bank_account_id: account.id, code: 'name_missing', params: {}, choices: [] };
  const same = (other: string): boolean => other.trim().toLowerCase() === name.toLowerCase();
  const taken = review.ledger_accounts.some((ledger) => hasName(ledger, name, ledgerType(account.type))) ||
    Object.entries(draft).some(([id, other]) =>
      id !== account.id && other.choice === 'new' && same(other.name));
  return taken ? { bank_account_id: account.id, code: 'name_taken', params: { name }, choices: [] } : null;
}

/** What stands in the way, by bank account id; at most one thing each. */
export function checksOf(review: Review, draft: Draft): Record<string, Conflict> {
  const found: Record<string, Conflict> = {};
  for (const row of review.accounts) {
    const chosen = draft[row.account.id];
    if (chosen === undefined) continue;
    const conflict = checkVersion(row, chosen) ?? (chosen.choice === 'existing' ? checkExisting(row, chosen, draft, review)
      : chosen.choice === 'new' ? checkNew(row.account, chosen, draft, review) : null);
    if (conflict !== null) found[row.account.id] = conflict;
  }
  return found;
}

/** The control that a conflict is about; of the others none is wrong in itself. */
const CONTROL: Record<string, 'ledger' | 'start' | 'name'> = {
  ledger_account_taken: 'ledger', ledger_account_chosen_twice: 'ledger', currency_differs: 'ledger', type_differs: 'ledger',
  ledger_account_closed: 'ledger', ledger_account_unknown: 'ledger', ledger_account_missing: 'ledger',
  start_before_last_entry: 'start', start_in_future: 'start', entries_ahead: 'start', name_missing: 'name', name_taken: 'name',
};

/** Whether one of the conflicts is about that control. */
export function concerns(conflicts: Conflict[], control: 'ledger' | 'start' | 'name'): boolean {
  return conflicts.some((one) => CONTROL[one.code] === control);
}

export type Holds = 'all' | 'some' | 'none';

function holdsNow({ account }: ReviewRow, decision: Decision): boolean {
  if (decision.choice === 'none') return account.decision === 'aside';
  return account.link !== null && account.link.state !== 'ended' &&
    (decision.choice !== 'existing' || account.link.ledger_account_id === decision.ledger_account_id);
}

/** What of the decisions that were sent holds in a review that was read afterwards. */
export function whatHolds(review: Review, sent: Decision[]): Holds {
  const made = sent.filter((one) => one.choice !== 'later');
  const held = made.filter((one) =>
    review.accounts.some((row) => row.account.id === one.bank_account_id && holdsNow(row, one)));
  if (held.length === made.length) return 'all';
  return held.length === 0 ? 'none' : 'some';
}

// One honest line and one next action for each connection, and one action for each notice.

import { actOn, providerSentence } from './codes';
import type { MessageKey, Words } from './i18n';
import type { AccountProgress, BankAccount, ConnectionHead, LinkSession, Notice, Progress, SyncAsked } from './types';
import type { Route } from './router';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

/** Which sentence of the catalogue says it; the sentence's parameters come from the connection. */
export interface Status {
  key:
    | 'status.removed' | 'status.replaced' | 'status.gone' | 'status.revoked' | 'status.needs_user' | 'status.nothing_to_read' | 'status.paused'
    | 'status.syncing' | 'status.waiting' | 'status.waiting_unsaid' | 'status.failed'
    | 'status.expiring' | 'status.ending' | 'status.bank_down' | 'status.linking' | 'status.first'
    | 'status.feed_held' | 'status.differs' | 'status.delivering' | 'status.current';
  tone: Tone;
}

/** Logging in again would change nothing: only a new connection brings what is missing. */
function asksForNewLogin(connection: ConnectionHead): boolean {
  if (actOn(connection.reason) === 'connect') return true;
  // No account is shared, and the bank lets nobody choose in an update.
  return providerSentence(connection.reason) === 'no_account' && connection.choose_by === 'relink';
}

/** It ended because a newer login has its place. */
export const wasReplaced = (connection: ConnectionHead): boolean => connection.reason === 'replaced';

const DAY_MS = 86_400_000;

/** Ends within days that are told loudly: as an error, and as a warning. */
const ENDS_SOON_DAYS = 7;
const ENDS_DAYS = 14;

/** When a connection ends that nobody renews, and how loudly that is told; null when nothing is known of an end. */
export function endOf(connection: ConnectionHead, now: number): { at: string; days: number; tone: 'quiet' | 'warn' | 'bad' } | null {
  if (['removed', 'revoked', 'gone', 'needs_user'].includes(connection.state)) return null;
  const ends = [connection.end_announced_at, connection.consent_ends_at]
    .filter((at): at is string => at !== null && !Number.isNaN(Date.parse(at)))
    .sort((a, b) => Date.parse(a) - Date.parse(b));
  const [at] = ends;
  if (at === undefined) return null;
  const left = Date.parse(at) - now;
  const tone = left <= ENDS_SOON_DAYS * DAY_MS ? 'bad' : left <= ENDS_DAYS * DAY_MS ? 'warn' : 'quiet';
  return { at, days: Math.max(0, Math.floor(left / DAY_MS)), tone };
}

function endTone(connection: ConnectionHead, now: number): Tone {
  return endOf(connection, now)?.tone === 'bad' ? 'bad' : 'warn';
}

/** "Up to date" is said only when what the bank has shown is in the books, and both have the same balance. */
export function statusOf(connection: ConnectionHead, now = Date.now()): Status {
  switch (connection.state) {
    case 'removed': return { key: wasReplaced(connection) ? 'status.replaced' : 'status.removed', tone: 'quiet' };
    case 'gone': return { key: 'status.gone', tone: 'bad' };
    case 'revoked': return { key: 'status.revoked', tone: 'bad' };
    case 'needs_user':
      return { key: asksForNewLogin(connection) ? 'status.nothing_to_read' : 'status.needs_user', tone: 'bad' };
    default: break;
  }
  if (connection.paused !== null) return { key: 'status.paused', tone: 'warn' };
  if (connection.outage !== null) return { key: 'status.bank_down', tone: 'warn' };
  if (connection.activity === 'syncing') return { key: 'status.syncing', tone: 'busy' };
  if (connection.activity === 'waiting') {
    return { key: connection.next_try_at === null ? 'status.waiting_unsaid' : 'status.waiting', tone: 'warn' };
  }
  if (connection.error !== null) return { key: 'status.failed', tone: 'warn' };
  if (connection.feeds_held > 0) return { key: 'status.feed_held', tone: 'bad' };
  if (connection.end_announced_at !== null) return { key: 'status.ending', tone: endTone(connection, now) };
  if (connection.state === 'expiring') return { key: 'status.expiring', tone: endTone(connection, now) };
  if (connection.proofs_differ > 0) return { key: 'status.differs', tone: 'warn' };
  if (connection.state === 'linking') return { key: 'status.linking', tone: 'busy' };
  if (connection.last_success_at === null) return { key: 'status.first', tone: 'busy' };
  if (connection.undelivered > 0) return { key: 'status.delivering', tone: 'busy' };
  return { key: 'status.current', tone: 'good' };
}

/** Whether the status says already what the error is: that the bank asks for a login. */
export function saidBy(status: Status['key'], code: string): boolean {
  return status === 'status.needs_user' && providerSentence(code) === 'login';
}

/** Which sentence says what "Sync now" came to; that the bank was asked only when it was. */
export function syncSaid(
  came: SyncAsked,
): 'connections.sync_asked' | 'connections.sync_refused' | 'connections.sync_asked_lately' | 'connections.sync_reads' {
  if (came.bank_asked) return 'connections.sync_asked';
  if (came.bank_refused !== null) return 'connections.sync_refused';
  return came.bank_askable_at === null ? 'connections.sync_reads' : 'connections.sync_asked_lately';
}

/** As long as this the provider is thought to be answering. */
const ANSWERS_WITHIN_MS = 5_000;

/** What is said while the bank's page is being prepared, `waited` milliseconds after it was begun. */
export function preparingSaid(
  session: Pick<LinkSession, 'state' | 'error'>, waited: number,
): 'link.preparing' | 'link.preparing_slow' | 'link.preparing_slow_code' {
  if (session.state !== 'creating' || waited < ANSWERS_WITHIN_MS) return 'link.preparing';
  return session.error === null ? 'link.preparing_slow' : 'link.preparing_slow_code';
}

export type ActionKey =
  | 'action.repair' | 'action.renew' | 'action.connect_again' | 'action.review' | 'action.choose'
  | 'action.decide_again'
  | 'action.sync' | 'action.see_held' | 'action.decide_held' | 'action.see_health' | 'action.see_activity' | 'action.open_books';

/** A route to go to, or the wish for a sync. */
export interface NextAction {
  key: ActionKey;
  route: Route | null;
  /** The connection to sync, when there is no route. */
  sync: string | null;
  /** The address of the books, where only they can be corrected. */
  books?: string;
}

function to(key: ActionKey, route: Route): NextAction {
  return { key, route, sync: null };
}

function sync(connection: string): NextAction {
  return { key: 'action.sync', route: null, sync: connection };
}

/** The most useful thing a person can do now; null when there is none. */
export function nextAction(connection: ConnectionHead): NextAction | null {
  const { id } = connection;
  switch (connection.state) {
    case 'needs_user':
      if (!asksForNewLogin(connection)) return to('action.repair', { name: 'repair', connection: id });
      if (connection.replaced_by != null) return null;
      return to('action.connect_again', { name: 'relink', connection: id });
    case 'revoked':
    case 'gone':
      if (connection.replaced_by != null) return null;
      return to('action.connect_again', { name: 'relink', connection: id });
    case 'removed': return wasReplaced(connection) ? null : to('action.connect_again', { name: 'connect' });
    default: break;
  }
  if (connection.to_decide > 0) return to('action.review', { name: 'review', connection: id });
  if (connection.new_accounts) return to('action.choose', { name: 'add', connection: id });
  if (connection.state === 'expiring' || connection.end_announced_at !== null) return to('action.renew', { name: 'repair', connection: id });
  if (connection.paused !== null || connection.activity === 'syncing') return null;
  return sync(id);
}

/** What a notice asks for; `books` is the address of the books, where a browser can open them. */
export function noticeAction(notice: Notice, operate: boolean, books: string | null = null): NextAction | null {
  const { subject } = notice;
  const { connection_id: given } = notice.params;
  const connection = typeof given === 'string' ? given : null;
  switch (notice.kind) {
    case 'new_accounts': return to('action.choose', { name: 'add', connection: subject });
    case 'accounts_to_decide': return to('action.review', { name: 'review', connection: subject });
    case 'needs_login': return to('action.repair', { name: 'repair', connection: subject });
    case 'end_announced':
    case 'consent_ending': return to('action.renew', { name: 'repair', connection: subject });
    case 'access_revoked': return to('action.connect_again', { name: 'relink', connection: subject });
    case 'old_login_stays': return to('action.review', { name: 'review', connection: subject });
    case 'sync_failing': return sync(subject);
    case 'overlap_held': return to('action.decide_held', { name: 'held', account: subject });
    case 'rows_refused': return to('action.see_held', { name: 'held', account: subject });
    case 'feed_held': return to('action.see_held', { name: 'held', account: subject });
    case 'webhooks_missing':
    case 'setup_wrong':
    case 'audit_broken':
    case 'forged_webhooks': return operate ? to('action.see_health', { name: 'health' }) : null;
    case 'account_not_shared': return connection === null ? null : to('action.choose', { name: 'add', connection });
    case 'books_changed':
    case 'merged_away':
    case 'ledger_account_failed': return connection === null ? null : to('action.decide_again', { name: 'review', connection });
    case 'opening_outstanding': return connection === null ? null : sync(connection);
    case 'entries_forgotten': return sync(connection ?? subject);
    case 'plugin_restored':
    case 'removals_back':
    case 'merge_forgotten':
    case 'rows_not_shown':
    case 'balance_differs':
    case 'removals_held':
    case 'rows_moved': return books === null ? null : { key: 'action.open_books', route: null, sync: null, books };
    case 'opening_missing': return to('action.connect_again', { name: 'connect' });
    case 'access_lost_rows': return to('action.choose', { name: 'add', connection: subject });
    case 'broken_invariant': return to('action.see_activity', { name: 'activity' });
    default: return null;
  }
}

export interface ProgressCounts {
  booked: number;
  wanted: number;
  /** Left out by the start date. */
  before: number;
  /** Kept aside, so not wanted now; before the link is made they are what it books. */
  held: number;
  /** Shown by the bank, not posted yet. */
  pending: number;
}

/**
 * What of an account's history is in the books, is to be, and is not. The progress counts what a
 * person removed from the books as booked; the account, which has been read after it, lists that as held.
 */
export function countsOf(progress: AccountProgress, account: BankAccount | undefined): ProgressCounts {
  const { total, done, before_start: before, delivered } = progress;
  const made = account?.link?.state === 'active';
  const removed = made ? Math.max(Math.min(done - before - account.booked, account.held), 0) : 0;
  return {
    booked: Math.max(delivered - removed, 0),
    wanted: Math.max(total - before - removed, 0),
    before,
    held: made ? account.held : 0,
    pending: account?.pending ?? 0,
  };
}

/** Whether all is in the books save opening balances that cannot be computed yet. */
export function onlyOpening(progress: Progress): boolean {
  return progress.phase === 'waiting' && progress.error === null &&
    progress.accounts.every(({ phase }) => phase === 'done' || phase === 'waiting');
}

type Said = [MessageKey, Words];

/** What is said of the whole once nothing more is under way: never that all is there while rows are held. */
export function doneSaid(progress: Progress, counts: ProgressCounts[]): Said[] {
  if (progress.accounts.length === 0) return [];
  const sum = (of: (one: ProgressCounts) => number): number => counts.reduce((total, one) => total + of(one), 0);
  const held = sum((one) => one.held);
  const pending = sum((one) => one.pending);
  const opening = onlyOpening(progress);
  const said: Said[] = [];
  if (held > 0) {
    said.push(['progress.rows_held', { count: held }]);
    if (sum((one) => one.booked) > 0 && progress.failed.length === 0) said.push(['progress.rest_done', {}]);
    if (opening) said.push(['progress.opening_tried', {}]);
  } else if (progress.failed.length > 0) said.push(['progress.done_others', {}]);
  else if (opening) said.push(['progress.only_opening', {}]);
  else if (sum((one) => one.before) > 0) said.push(['progress.done_from_start', {}]);
  else said.push([pending > 0 ? 'progress.done_posted' : 'progress.done', {}]);
  if (pending > 0) said.push(['progress.pending_follow', { count: pending }]);
  return said;
}

/** Actions that change something, and so need the capability "link". */
export function changes(action: NextAction): boolean {
  return !['action.see_held', 'action.see_health', 'action.see_activity', 'action.open_books'].includes(action.key);
}

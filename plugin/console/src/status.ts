// One honest line and one next action for each connection, and one action for each notice.

import { actOn, providerSentence } from './codes';
import type { AccountProgress, ConnectionHead, LinkSession, Notice, SyncAsked } from './types';
import type { Route } from './router';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

/** Which sentence of the catalogue says it; the sentence's parameters come from the connection. */
export interface Status {
  key:
    | 'status.removed' | 'status.gone' | 'status.revoked' | 'status.needs_user' | 'status.nothing_to_read' | 'status.paused'
    | 'status.syncing' | 'status.waiting' | 'status.waiting_unsaid' | 'status.failed'
    | 'status.expiring' | 'status.ending' | 'status.bank_down' | 'status.linking' | 'status.first'
    | 'status.current';
  tone: Tone;
}

/** Logging in again would change nothing: only a new connection brings what is missing. */
function asksForNewLogin(connection: ConnectionHead): boolean {
  if (actOn(connection.reason) === 'connect') return true;
  // No account is shared, and the bank lets nobody choose in an update.
  return providerSentence(connection.reason) === 'no_account' && connection.choose_by === 'relink';
}

export function statusOf(connection: ConnectionHead): Status {
  switch (connection.state) {
    case 'removed': return { key: 'status.removed', tone: 'quiet' };
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
  if (connection.end_announced_at !== null) return { key: 'status.ending', tone: 'warn' };
  if (connection.state === 'expiring') return { key: 'status.expiring', tone: 'warn' };
  if (connection.state === 'linking') return { key: 'status.linking', tone: 'busy' };
  if (connection.last_success_at === null) return { key: 'status.first', tone: 'busy' };
  return { key: 'status.current', tone: 'good' };
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
  | 'action.sync' | 'action.see_held' | 'action.decide_held' | 'action.see_health' | 'action.see_activity';

/** A route to go to, or the wish for a sync. */
export interface NextAction {
  key: ActionKey;
  route: Route | null;
  /** The connection to sync, when there is no route. */
  sync: string | null;
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
    case 'removed': return to('action.connect_again', { name: 'connect' });
    default: break;
  }
  if (connection.to_decide > 0) return to('action.review', { name: 'review', connection: id });
  if (connection.new_accounts) return to('action.choose', { name: 'add', connection: id });
  if (connection.state === 'expiring' || connection.end_announced_at !== null) return to('action.renew', { name: 'repair', connection: id });
  if (connection.paused !== null || connection.activity === 'syncing') return null;
  return sync(id);
}

/** What a notice asks for. */
export function noticeAction(notice: Notice, operate: boolean): NextAction | null {
  const { subject } = notice;
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
    case 'books_changed':
    case 'ledger_account_failed': {
      const { connection_id: connection } = notice.params;
      if (typeof connection !== 'string') return null;
      return to('action.decide_again', { name: 'review', connection });
    }
    case 'opening_outstanding': {
      const { connection_id: connection } = notice.params;
      return typeof connection === 'string' ? sync(connection) : null;
    }
    case 'opening_missing': return to('action.connect_again', { name: 'connect' });
    case 'access_lost_rows': return to('action.choose', { name: 'add', connection: subject });
    case 'broken_invariant': return to('action.see_activity', { name: 'activity' });
    default: return null;
  }
}

/** What of an account's history is in the books, is to be, and is left out by its start date. */
export function countsOf(progress: AccountProgress): { booked: number; wanted: number; before: number } {
  const { total, before_start: before, delivered: booked } = progress;
  return { booked, wanted: Math.max(total - before, 0), before };
}

/** Actions that change something, and so need the capability "link". */
export function changes(action: NextAction): boolean {
  return !['action.see_held', 'action.see_health', 'action.see_activity'].includes(action.key);
}

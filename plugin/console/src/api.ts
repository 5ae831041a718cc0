// The console's JSON API. Paths are relative to the page, which the host serves below its prefix.

import type {
  ActivityChoices, ActivityFilter, ActivityPage, AuditCheck, BalancesAsked, ChangesPage, Connection, Decision, HeldAccounts, HeldChoice, HeldEntry, Health, HealthAccountsPage, HealthShow, HeldPage, ImportDetail, ImportsPage, LinkSession, Overview, Params, Progress, ProtectedRow, Purpose,
  Review, ReviewApplied, Session, StartChanged, SyncAsked, TakeBackPreview, Tenant, Unchanged,
} from './types';

const TIMEOUT_MS = 30_000;

/** What went wrong, with the server's code, or "client.…" for what never reached it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly params: Params,
    text: string,
  ) {
    super(text);
    this.name = 'ApiError';
  }
}

/**
 * JSON with the "units" of money as text. They are int64, and JSON.parse would round what a double
 * does not hold. `"units":` with its quotes bare can only be a key: inside a string they would be
 * escaped.
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(/"units"(\s*):(\s*)(-?\d+)(?=[\s,}])/g, '"units"$1:$2"$3"'));
}

function errorOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code?: unknown; params?: unknown; text?: unknown } } | null)?.error;
  const code = typeof error?.code === 'string' ? error.code : `http.${status}`;
  const text = typeof error?.text === 'string' ? error.text : '';
  const params = typeof error?.params === 'object' && error.params !== null ? (error.params as Params) : {};
  return new ApiError(status, code, params, text);
}

async function exchange(path: string, init: RequestInit): Promise<unknown> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`api/${path}`, {
      ...init,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await answer.text();
  } catch {
    throw new ApiError(0, 'client.unreachable', {}, '');
  }
  // A host that sends the browser to its login page answers with a redirect, or with a page.
  if (answer.type === 'opaqueredirect' || answer.status === 401) {
    throw new ApiError(answer.status, 'client.logged_out', {}, '');
  }
  let body: unknown = null;
  try {
    body = text === '' ? null : parseJson(text);
  } catch {
    if (answer.ok) throw new ApiError(answer.status, 'client.not_json', {}, '');
  }
  if (!answer.ok) throw errorOf(answer.status, body);
  return body;
}

let csrf = '';

async function get<T>(path: string): Promise<T> {
  return (await exchange(path, { headers: { Accept: 'application/json' } })) as T;
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const send = (): Promise<unknown> =>
    exchange(path, {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-Bankfeed-Csrf': csrf },
      body: JSON.stringify(body ?? {}),
    });
  try {
    return (await send()) as T;
  } catch (error) {
    // The token changes with the login. The refused request did nothing, so it may be sent again.
    if (!(error instanceof ApiError) || error.status !== 403 || !error.code.includes('csrf')) throw error;
    await session();
    return (await send()) as T;
  }
}

export async function session(): Promise<Session> {
  const answer = await get<Session>('session');
  csrf = answer.csrf;
  return answer;
}

const part = encodeURIComponent;

/** "?a=1&b=2" of what is given. */
function query(parts: Record<string, string>): string {
  const given = Object.entries(parts).filter(([, value]) => value !== '');
  return given.length === 0 ? '' : `?${given.map(([name, value]) => `${name}=${part(value)}`).join('&')}`;
}

/** A page of what `search` finds, behind the place `after`; `seen` is the tag of the page as it was read last. */
export const overview = (search: string, after: string, seen: string): Promise<Overview | Unchanged> =>
  get(`overview${query({ search, after, seen })}`);
/** The first banks with their first accounts, for their names; not all of them. */
export async function firstBanks(): Promise<Connection[]> {
  const page = await overview('', '', '');
  return page.unchanged ? [] : page.connections;
}
/** Bank accounts with something held, for `reason` if one is given, page by page. */
export const heldAccounts = (search: string, reason: string, after: string): Promise<HeldAccounts> =>
  get(`held/accounts${query({ search, reason, after })}`);
export const connection = (id: string): Promise<Connection> => get(`connections/${part(id)}`);
export const syncNow = (id: string): Promise<SyncAsked> => post(`connections/${part(id)}/sync`, {});
export const pause = (id: string): Promise<unknown> => post(`connections/${part(id)}/pause`, {});
export const resume = (id: string): Promise<unknown> => post(`connections/${part(id)}/resume`, {});
export const checkBalances = (id: string): Promise<BalancesAsked> =>
  post(`connections/${part(id)}/balances`, {});
export const disconnect = (id: string): Promise<unknown> => post(`connections/${part(id)}/disconnect`, {});
export const review = (id: string): Promise<Review> => get(`connections/${part(id)}/review`);
export const applyReview = (id: string, decisions: Decision[]): Promise<ReviewApplied> =>
  post(`connections/${part(id)}/review`, { decisions });
/** Ends a link: what is booked stays, and what comes from now on is held. */
export const endLink = (link: string): Promise<unknown> => post(`links/${part(link)}/end`, {});
export const takeBackPreview = (link: string): Promise<TakeBackPreview> => get(`links/${part(link)}/take-back`);
/** That an account goes on with the feed of another: what was before is restored. */
export const takeBack = (link: string): Promise<unknown> => post(`links/${part(link)}/take-back`, {});
export const changeStart = (link: string, start: string | null, acceptOverlap: boolean): Promise<StartChanged> =>
  post(`links/${part(link)}/start-date`, { start_date: start, accept_overlap: acceptOverlap });
export const progress = (id: string): Promise<Progress> => get(`connections/${part(id)}/progress`);
export const beginLink = (purpose: Purpose, connectionId: string | null): Promise<{ id: string }> =>
  post('link-sessions', connectionId === null ? { purpose } : { purpose, connection_id: connectionId });
export const linkSession = (id: string): Promise<LinkSession> => get(`link-sessions/${part(id)}`);
/** Connects a login that waits for a person's word: beside the others, or in the place of the old one. */
export const connectAnyway = (id: string, as: 'own' | 'successor'): Promise<unknown> =>
  post(`link-sessions/${part(id)}/connect-anyway`, { as });
/** Drops a suspected duplicate, and begins to add accounts to the connection that is there. */
export const addToExisting = (id: string): Promise<{ id: string }> => post(`link-sessions/${part(id)}/add-to-existing`, {});
export const dropLink = (id: string): Promise<unknown> => post(`link-sessions/${part(id)}/drop`, {});
/** Says that a connection does not take the place of another after all. */
export const keepBoth = (id: string): Promise<unknown> => post(`connections/${part(id)}/keep-both`, {});
/** Says what becomes of held transactions; `entry` is the one that a single one of them is. */
export const decideHeld = (account: string, transactions: string[], choice: HeldChoice, entry?: string): Promise<unknown> =>
  post('held/decide', { bank_account: account, transactions, choice, ...(entry === undefined ? {} : { entry }) });
/** The entries of the books that a held transaction may be, the nearest first. */
export const heldEntries = (account: string, transaction: string): Promise<{ entries: HeldEntry[] }> =>
  get(`held/entries?bank_account=${part(account)}&transaction=${part(transaction)}`);
/** Clears a notice that only a person can clear. */
export const dismissNotice = (id: string): Promise<unknown> => post(`notices/${part(id)}/dismiss`, {});
export const held = (account: string, reason: string, after: string | null): Promise<HeldPage> =>
  get(`held${query({ bank_account: account, reason, after: after ?? '' })}`);
/** "?a=1&b=2" of what is given. */
function queryOf(values: Record<string, string | number | null>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null);
  return given.length === 0 ? '' : `?${given.map(([name, value]) => `${name}=${part(String(value))}`).join('&')}`;
}

export const activity = (before: number | null, filter: ActivityFilter): Promise<ActivityPage> =>
  get(`activity${queryOf({ before, person: filter.person, connection: filter.connection, bank_account: filter.account })}`);
export const activityChoices = (connection: string | null): Promise<ActivityChoices> =>
  get(`activity/choices${queryOf({ connection })}`);
/** Recomputes the chain behind a position that an earlier answer gave. */
export const checkActivity = (after: AuditCheck['up_to']): Promise<AuditCheck> =>
  get(`activity/check${queryOf({ after: after === null ? null : `${after.seq}.${after.hash}` })}`);
export const changes = (before: string | null, filter: ActivityFilter): Promise<ChangesPage> =>
  get(`changes${queryOf({ before, connection: filter.connection, bank_account: filter.account })}`);
export const imports = (before: string | null): Promise<ImportsPage> => get(`imports${queryOf({ before })}`);
export const importOf = (id: string): Promise<ImportDetail> => get(`imports/${part(id)}`);
export const protectedRows = (id: string, after: string | null): Promise<{ transactions: ProtectedRow[]; next: string | null }> =>
  get(`imports/${part(id)}/protected${queryOf({ after })}`);
export const undoImport = (id: string): Promise<unknown> => post(`imports/${part(id)}/undo`, {});
export const redoImport = (id: string): Promise<unknown> => post(`imports/${part(id)}/redo`, {});
export const tenant = (): Promise<Tenant> => get('tenant');
export const eraseTenant = (confirm: string, giveUpTokens: boolean): Promise<unknown> =>
  post('tenant/erase', { confirm, give_up_tokens: giveUpTokens });
export const health = (): Promise<Health> => get('health');
export const healthAccounts = (show: HealthShow, after: string | null): Promise<HealthAccountsPage> =>
  get(`health/accounts${queryOf({ show: show === '' ? null : show, after })}`);
/** The state as text without names and secrets. */
export const diagnostics = (): Promise<{ text: string }> => get('health/diagnostics');

/**
 * Whether the browser may be sent to this address: https, or http to this machine, where a
 * simulator runs. Anything else ("javascript:") is not a page of a bank.
 */
export function mayOpen(address: string): boolean {
  try {
    const url = new URL(address);
    if (url.username !== '' || url.password !== '') return false;
    if (url.protocol === 'https:') return true;
    return url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  } catch {
    return false;
  }
}

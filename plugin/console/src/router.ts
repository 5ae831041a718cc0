// Routes live in the fragment, so the server serves one page and no address of ours leaks to it.

import { codes } from './codes';

export type Route =
  | { name: 'connections' }
  | { name: 'connect' }
  | { name: 'repair'; connection: string }
  | { name: 'add'; connection: string }
  | { name: 'relink'; connection: string }
  | { name: 'link'; session: string }
  | { name: 'review'; connection: string }
  | { name: 'progress'; connection: string }
  | { name: 'held'; account: string | null; reason?: string | null }
  | { name: 'activity' }
  | { name: 'imports' }
  | { name: 'import'; id: string }
  | { name: 'changes' }
  | { name: 'health' }
  | { name: 'erase' }
  | { name: 'unknown' };

const ID = /^[A-Za-z0-9_.:-]{1,128}$/;

function idOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    const id = decodeURIComponent(text);
    return ID.test(id) ? id : null;
  } catch {
    return null;
  }
}

/** "#/held/acc_1/rounded", or of all accounts "#/held/reason/rounded". */
function heldFor(of: string, third: string | undefined): Route {
  const reason = [...codes.held, ...codes.heldLane].find((one) => one === third);
  return reason === undefined ? { name: 'unknown' } : { name: 'held', account: of === 'reason' ? null : of, reason };
}

/** The route of a fragment: "#/connections/con_1/review". */
export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#\/?/, '').split('/').filter((part) => part !== '');
  const [first, second, third] = parts;
  const id = idOf(second);
  if (parts.length === 0) return { name: 'connections' };
  if (parts.length === 1) {
    if (first === 'connect' || first === 'activity' || first === 'health' || first === 'imports' || first === 'changes' || first === 'erase') return { name: first };
    if (first === 'held') return { name: 'held', account: null };
  }
  if (id === null) return { name: 'unknown' };
  if (first === 'held' && parts.length === 2) return { name: 'held', account: id };
  if (first === 'held' && parts.length === 3) return heldFor(id, third);
  if (parts.length === 2 && first === 'imports') return { name: 'import', id };
  if (parts.length === 2 && first === 'link') return { name: 'link', session: id };
  if (parts.length === 3 && first === 'connections') {
    if (third === 'review' || third === 'progress' || third === 'repair' || third === 'add'
      || third === 'relink') {
      return { name: third, connection: id };
    }
  }
  return { name: 'unknown' };
}

/** The fragment of a route; the inverse of parseRoute. */
export function hrefOf(route: Route): string {
  switch (route.name) {
    case 'connections':
    case 'unknown':
      return '#/';
    case 'connect':
    case 'activity':
    case 'health':
    case 'imports':
    case 'changes':
    case 'erase':
      return `#/${route.name}`;
    case 'held': {
      const of = route.account ?? (route.reason ? 'reason' : null);
      return `#/held${[of, route.reason].map((part) => (part ? `/${encodeURIComponent(part)}` : '')).join('')}`;
    }
    case 'import':
      return `#/imports/${encodeURIComponent(route.id)}`;
    case 'link':
      return `#/link/${encodeURIComponent(route.session)}`;
    default:
      return `#/connections/${encodeURIComponent(route.connection)}/${route.name}`;
  }
}

/** The address of a page of the host's, where it is one that a browser opens; else null. */
export function pageOf(address: string | null): string | null {
  return typeof address === 'string' && /^https?:\/\//i.test(address) ? address : null;
}

export function go(route: Route): void {
  window.location.hash = hrefOf(route);
}

/** Goes without leaving the present page in the history, so that Back does not run into it. */
export function goInstead(route: Route): void {
  window.location.replace(hrefOf(route));
}

/**
 * The bank's page sends the browser back to "console/?link=ID". The address becomes "#/link/ID" in
 * place, so that a reload keeps it and the query does not stay in the history. That it came this way
 * is kept beside it: who goes back instead of finishing comes to "#/link/ID" too.
 */
export function adoptReturn(): void {
  const session = idOf(new URLSearchParams(window.location.search).get('link') ?? undefined);
  if (window.location.search === '') return;
  const hash = session === null ? window.location.hash : hrefOf({ name: 'link', session });
  window.history.replaceState(session === null ? null : { sentBack: session }, '', window.location.pathname + hash);
}

/** Whether the bank's page itself sent the browser back from this session. */
export function wasSentBack(session: string): boolean {
  return (window.history.state as { sentBack?: unknown } | null)?.sentBack === session;
}

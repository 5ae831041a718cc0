// Where a draft is kept while its person is away: in the browser, under tenant, person and connection,
// so that nobody else who uses the same browser gets it.

import type { Draft, RowDraft } from './draft';
import { forgetWhere, keep, kept } from './storage';
import type { Session } from './types';

const PREFIX = 'bankfeed.review.';

/** A draft that nobody came back to is forgotten. */
export const KEPT_DAYS = 30;

const DAY_MS = 86_400_000;

export function draftKey(session: Pick<Session, 'tenant' | 'user'>, connection: string): string {
  return PREFIX + [session.tenant, session.user.id, connection].map(encodeURIComponent).join('/');
}

/** Reads a kept draft; what is too old or does not have the right shape is dropped. */
export function readDraft(text: string | null, now: number): Draft {
  const value = parsed(text);
  if (value === null || tooOld(value.at, now)) return {};
  if (typeof value.rows !== 'object' || value.rows === null) return {};
  return Object.fromEntries(Object.entries(value.rows).filter(([, row]) => isRowDraft(row)));
}

export function writtenDraft(draft: Draft, now: number): string {
  return JSON.stringify({ at: now, rows: draft });
}

export function keptDraft(key: string, now: number): Draft {
  forgetWhere('localStorage', PREFIX, (text) => tooOld(parsed(text)?.at, now));
  return readDraft(kept('localStorage', key), now);
}

export function keepDraft(key: string, draft: Draft, now: number): void {
  keep('localStorage', key, writtenDraft(draft, now));
}

export function forgetDraft(key: string): void {
  keep('localStorage', key, null);
}

function parsed(text: string | null): { at?: unknown; rows?: unknown } | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

function tooOld(at: unknown, now: number): boolean {
  return typeof at !== 'number' || now - at > KEPT_DAYS * DAY_MS;
}

function isRowDraft(value: unknown): value is RowDraft {
  const row = value as Partial<RowDraft> | null;
  return typeof row === 'object' && row !== null &&
    ['new', 'existing', 'none', 'later'].includes(row.choice ?? '') &&
    typeof row.name === 'string' && typeof row.ledger === 'string' &&
    typeof row.startNew === 'string' && typeof row.startExisting === 'string' &&
    typeof row.opening === 'boolean' && typeof row.overlap === 'boolean' &&
    typeof row.duplicate === 'boolean' && typeof row.elsewhere === 'boolean' && typeof row.version === 'string';
}

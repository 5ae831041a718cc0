// The details of an audit entry as facts for people. Ids are left to the raw entry, which is shown
// beside them, so that nothing is kept from an auditor.

import { formatDate } from './dates';
import { currentLocale, formatCount, providerWords, t, word } from './i18n';
import { plain, titled } from './text';
import type { ActivityEntry, Params } from './types';

export interface Fact {
  label: string;
  value: string;
}

/** Parts that others already say, or that are only for the raw entry. */
const SILENT = ['id', 'mask', 'params', 'text', 'kind'];

function named(one: unknown): string {
  const { name, mask } = (one ?? {}) as Params;
  return titled(typeof name === 'string' ? name : '', typeof mask === 'string' ? mask : null);
}

function valueOf(name: string, value: unknown, detail: Params): string {
  if (name === 'account') return named({ name: value, mask: detail['mask'] });
  if (name === 'accounts' && Array.isArray(value)) return value.map(named).join(t('review.summary.join'));
  if (name === 'code') return providerWords(String(value), String(detail['text'] ?? ''));
  if (name === 'start_date') return formatDate(String(value), currentLocale());
  if (typeof value === 'number') return formatCount(value);
  if (typeof value === 'string') return word('value', value, value);
  return plain(JSON.stringify(value));
}

/** What a notice's entry is about: the notice's short name, and the bank where it has one. */
function aboutNotice(detail: Params): Fact[] {
  const kind = detail['kind'];
  if (typeof kind !== 'string') return [];
  const inner = detail['params'] as Params | undefined;
  const institution = detail['institution'] ?? inner?.['institution'];
  const facts = [{ label: word('detail', 'notice', 'notice'), value: word('noticeName', kind, kind) }];
  if (typeof institution === 'string' && detail['institution'] === undefined) {
    facts.push({ label: word('detail', 'institution', 'institution'), value: plain(institution) });
  }
  return facts;
}

/** The facts of an entry in the order in which the server wrote them. */
export function factsOf(entry: ActivityEntry): Fact[] {
  const facts = aboutNotice(entry.detail);
  for (const [name, value] of Object.entries(entry.detail)) {
    const empty = value === null || value === '' || value === false;
    if (empty || SILENT.includes(name) || name.endsWith('_id') || typeof value === 'object' && name !== 'accounts') continue;
    const label = word('detail', name, '');
    if (label === '') continue;
    facts.push({ label, value: value === true ? '' : valueOf(name, value, entry.detail) });
  }
  return facts;
}

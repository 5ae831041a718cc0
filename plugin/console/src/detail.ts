// The details of an audit entry as facts for people. Ids are left to the raw entry, which is shown
// beside them, so that nothing is kept from an auditor.

import { providerSentence } from './codes';
import { formatDate } from './dates';
import { currentLocale, formatCount, providerWords, t, word } from './i18n';
import { plain, titled } from './text';
import type { ActivityEntry, Connection, Params } from './types';

export interface Fact {
  label: string;
  value: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Parts that others already say, or that are only for the raw entry. */
const SILENT = ['id', 'mask', 'params', 'text', 'kind'];

/** What ids of connections, bank accounts and ledger accounts are called, and whose bank an account is at. */
export interface Names {
  name: Map<string, string>;
  bank: Map<string, string>;
  /** The parameters with which a notice appeared, by its kind and subject. */
  notice: Map<string, Params>;
}

/** What is known from elsewhere: the accounts as they are now. */
export type Known = Pick<Connection, 'id' | 'institution' | 'accounts'>[];

const textOf = (params: Params, key: string): string => {
  const value = params[key];
  return typeof value === 'string' ? value : '';
};

const noticeKey = (entry: ActivityEntry): string => `${textOf(entry.detail, 'kind')} ${entry.subject}`;

/** Takes the names that a part of an entry tells. */
function learn(names: Names, part: Params): void {
  const institution = textOf(part, 'institution');
  const connection = textOf(part, 'connection_id');
  const account = textOf(part, 'bank_account_id');
  const title = textOf(part, 'bank_account');
  if (connection !== '' && institution !== '') names.name.set(connection, institution);
  if (account !== '' && title !== '' && !names.name.has(account)) names.name.set(account, plain(title));
  if (account !== '' && institution !== '') names.bank.set(account, institution);
}

/** The names that the entries themselves tell, newest first, and those that are known from elsewhere. */
export function namesOf(entries: ActivityEntry[], known: Known): Names {
  const names: Names = { name: new Map(), bank: new Map(), notice: new Map() };
  for (const { id, institution, accounts } of known) {
    names.name.set(id, institution);
    for (const { id: account, name, mask, link } of accounts) {
      names.name.set(account, titled(name, mask));
      names.bank.set(account, institution);
      if (link !== null && link.ledger_account_id !== null) names.name.set(link.ledger_account_id, link.ledger_account_name);
    }
  }
  for (const entry of entries) {
    const { detail, subject } = entry;
    const params = paramsOf(entry);
    learn(names, detail);
    learn(names, params);
    if (Object.keys(params).length > 0 && !names.notice.has(noticeKey(entry))) names.notice.set(noticeKey(entry), params);
    if (subject !== '' && textOf(detail, 'account') !== '' && !names.name.has(subject)) names.name.set(subject, named({ name: detail['account'], mask: detail['mask'] }));
    const institution = textOf(detail, 'institution');
    if (institution !== '' && subject.startsWith('con_') && !names.name.has(subject)) names.name.set(subject, institution);
    for (const one of Array.isArray(detail['accounts']) ? detail['accounts'] as Params[] : []) {
      const id = textOf(one ?? {}, 'id');
      if (id === '') continue;
      if (!names.name.has(id)) names.name.set(id, named(one));
      if (institution !== '') names.bank.set(id, institution);
    }
  }
  return names;
}

function paramsOf(entry: ActivityEntry): Params {
  const params = entry.detail['params'];
  return typeof params === 'object' && params !== null ? params as Params : {};
}

/** The bank and the bank account that an entry is about, where its detail does not say so itself. */
function about(entry: ActivityEntry, names: Names): Fact[] {
  const { detail, subject } = entry;
  const params = { ...names.notice.get(noticeKey(entry)), ...paramsOf(entry) };
  const account = textOf(params, 'bank_account_id') || textOf(detail, 'bank_account_id') || subject;
  const connection = textOf(params, 'connection_id') || textOf(detail, 'connection_id') || subject;
  const isLedger = entry.action === 'ledger_account.merged';
  const bank = textOf(params, 'institution') || names.name.get(connection.startsWith('con_') ? connection : '') || names.bank.get(account) || '';
  const title = textOf(params, 'bank_account') || (account.startsWith('con_') || isLedger ? '' : names.name.get(account) ?? '');
  const facts: Fact[] = [];
  if (bank !== '' && textOf(detail, 'institution') === '') facts.push({ label: word('detail', 'institution', ''), value: plain(bank) });
  if (title !== '' && textOf(detail, 'account') === '') facts.push({ label: word('detail', 'account', ''), value: plain(names.name.get(account) ?? title) });
  return facts;
}

/** A reason is a word of ours, what a row waits for, or what the provider said. */
function reasonWords(action: string, reason: string): string {
  if (providerSentence(reason) !== undefined) return providerWords(reason, '');
  return word('value', reason, word(action.startsWith('transactions.') ? 'held' : 'refusal', reason, reason));
}

function named(one: unknown): string {
  const { name, mask } = (one ?? {}) as Params;
  return titled(typeof name === 'string' ? name : '', typeof mask === 'string' ? mask : null);
}

function valueOf(name: string, value: unknown, entry: ActivityEntry): string {
  const { detail } = entry;
  if (name === 'reason') return reasonWords(entry.action, String(value));
  if (name === 'old_account') return named({ name: value, mask: detail['old_mask'] });
  if (name === 'account') return named({ name: value, mask: detail['mask'] });
  if (name === 'accounts' && Array.isArray(value)) return value.map(named).join(t('review.summary.join'));
  if (name === 'code') return providerWords(String(value), String(detail['text'] ?? ''));
  if (typeof value === 'string' && DAY.test(value)) return formatDate(value, currentLocale());
  if (typeof value === 'number') return formatCount(value);
  if (typeof value === 'string') return word('value', value, value);
  return plain(JSON.stringify(value));
}

/** What a notice's entry is about: the notice's short name. */
function noticeName(detail: Params): Fact[] {
  const kind = detail['kind'];
  return typeof kind === 'string' ? [{ label: word('detail', 'notice', 'notice'), value: word('noticeName', kind, kind) }] : [];
}

/** Which ledger account became part of which. The books' names, where the entry or an account has them. */
function merged(detail: Params, names: Names): Fact[] {
  const fact = (key: 'from' | 'into'): Fact => {
    const id = textOf(detail, key);
    return { label: word('detail', `merged_${key}`, key), value: plain(textOf(detail, `${key}_name`) || names.name.get(id) || id) };
  };
  return [fact('from'), fact('into')];
}

/** What a visit to the bank's page came to is no matter while it only begins. */
function silent(name: string, action: string): boolean {
  return SILENT.includes(name) || name.endsWith('_id') || name === 'state' && action === 'link_session.started';
}

/** The facts of an entry: what it is about, then the others in the order in which the server wrote them. */
export function factsOf(entry: ActivityEntry, names: Names = namesOf([entry], [])): Fact[] {
  const facts = [...noticeName(entry.detail), ...about(entry, names)];
  if (entry.action === 'ledger_account.merged') return [...facts, ...merged(entry.detail, names)];
  for (const [name, value] of Object.entries(entry.detail)) {
    const empty = value === null || value === '' || value === false;
    if (empty || silent(name, entry.action) || typeof value === 'object' && name !== 'accounts') continue;
    const label = word('detail', name, '');
    if (label === '') continue;
    facts.push({ label, value: value === true ? '' : valueOf(name, value, entry) });
  }
  return facts;
}

// The chosen language, and words for keys and codes in it.

import { actOn, ownSentence, providerSentence } from '../codes';
import type { CodeGroup } from '../codes';
import { keep, kept } from '../storage';
import { plain } from '../text';
import type { Catalogue, Language, Message, MessageKey } from './catalogue';

export type { Catalogue, Language, Message, MessageKey };
export type Words = Record<string, string | number>;

export const languages: Record<Language, string> = { en: 'English', zh: '简体中文' };

const STORED = 'bankfeed.language';

let language: Language = 'en';
let locale = 'en-US';
let catalogue: Partial<Catalogue> = {};

/** Keeps the reader's region ("en-GB") where it is one of the language. */
function localeFor(wanted: Language, preferred: readonly string[]): string {
  const fitting = preferred.find((tag) => tag.toLowerCase().split('-')[0] === wanted);
  const fallback = wanted === 'zh' ? 'zh-CN' : 'en-US';
  if (fitting === undefined) return fallback;
  try {
    const { language: base, region } = new Intl.Locale(fitting);
    return region === undefined ? fallback : `${base}-${region}`;
  } catch {
    return fallback;
  }
}

/** The language to begin with: what was chosen before, else the browser's first that we have. */
export function firstLanguage(stored: string | null, preferred: readonly string[]): Language {
  if (stored === 'en' || stored === 'zh') return stored;
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    if (base === 'en' || base === 'zh') return base;
  }
  return 'en';
}

/** From here on everything is said in this language, with these words. */
export function useLanguageOf(wanted: Language, words: Catalogue, preferred: readonly string[]): void {
  language = wanted;
  catalogue = words;
  locale = localeFor(wanted, preferred);
}

export function storedLanguage(): string | null {
  return kept('localStorage', STORED);
}

export function storeLanguage(wanted: Language): void {
  keep('localStorage', STORED, wanted);
}

export function currentLanguage(): Language {
  return language;
}

export function currentLocale(): string {
  return locale;
}

function chosenForm(message: Message, words: Words): string {
  if (typeof message === 'string') return message;
  const count = Number(words['count'] ?? 0);
  const form = new Intl.PluralRules(locale).select(count);
  return form === 'one' ? (message.one ?? message.other) : message.other;
}

function fill(message: Message, words: Words): string {
  return chosenForm(message, words).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = words[name];
    if (value === undefined) return whole;
    // A word from outside is set apart, so that one written from right to left stays in its place.
    return typeof value === 'number' ? formatCount(value) : isolated(plain(value));
  });
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

export function t(key: MessageKey, words: Words = {}): string {
  return fill(catalogue[key] ?? key, words);
}

/** Words for a code of the API; `fallback` for a code that the catalogue does not have. */
export function word(group: CodeGroup | 'subtype' | 'severity', code: string, fallback: string, words: Words = {}): string {
  const known: Record<string, Message | undefined> = catalogue;
  const key = `${group}.${code}`;
  const message = Object.hasOwn(known, key) ? known[key] : undefined;
  return message === undefined ? plain(fallback) : fill(message, words);
}

/** What an error of the provider or of ours means; the server's English when the code is new. */
export function providerWords(code: string, text: string): string {
  const sentence = providerSentence(code);
  if (sentence !== undefined) return t(`provider.${sentence}`);
  const own = ownSentence(code);
  if (own !== undefined) return t(`own.${own}`);
  return word('error', code, text === '' ? code : text);
}

/** What an error means, who must act, and when it is tried again. */
export function problemWords(code: string, text: string): string {
  const act = actOn(code);
  const said = providerWords(code, text);
  return act === undefined ? said : `${said}${language === 'zh' ? '' : ' '}${t(`act.${act}`)}`;
}

export function formatCount(count: number): string {
  return new Intl.NumberFormat(locale).format(count);
}

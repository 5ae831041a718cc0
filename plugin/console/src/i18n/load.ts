// Fetches a language's words: one file beside the page, built with it.

import type { Catalogue, Language, LanguageFile } from './catalogue';

/** A digest of the keys that this script was built with; put in by scripts/build.mjs. */
declare const CATALOGUE_KEYS: string;

const TIMEOUT_MS = 20_000;

/**
 * The words of a language. Rejects when the file cannot be had, is not what it should be (a login
 * page, say), or belongs to another version of the page. A language that was fetched before comes
 * without asking again.
 */
export async function wordsOf(language: Language): Promise<Catalogue> {
  const had = loaded.get(language);
  if (had !== undefined) return had;
  const answer = await fetch(`words-${language}.json`, {
    credentials: 'same-origin', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`words of ${language}: ${answer.status}`);
  const file = (await answer.json()) as Partial<LanguageFile> | null;
  if (file?.keys !== CATALOGUE_KEYS || file.words === undefined) {
    throw new Error(`words of ${language}: of another version`);
  }
  loaded.set(language, file.words);
  return file.words;
}

const loaded = new Map<Language, Catalogue>();

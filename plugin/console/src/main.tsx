// Where the page begins.

import { render } from 'preact';
import type { JSX } from 'preact';
import { App } from './app';
import { firstLanguage, storedLanguage, useLanguageOf } from './i18n';
import type { Language } from './i18n';
import { wordsOf } from './i18n/load';
import { Wordless } from './parts/Wordless';
import { adoptReturn } from './router';

async function speak(language: Language): Promise<boolean> {
  try {
    useLanguageOf(language, await wordsOf(language), navigator.languages);
    return true;
  } catch {
    return false;
  }
}

/** The page in the reader's language; else in the other one, saying so; else only that the words are missing. */
async function page(): Promise<JSX.Element> {
  const wanted = firstLanguage(storedLanguage(), navigator.languages);
  if (await speak(wanted)) return <App missing={null} />;
  if (await speak(wanted === 'en' ? 'zh' : 'en')) return <App missing={wanted} />;
  return <Wordless />;
}

adoptReturn();
const root = document.getElementById('app');
if (root !== null) void page().then((drawn) => render(drawn, root));

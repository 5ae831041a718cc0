// Where the page begins.

import { render } from 'preact';
import { App } from './app';
import { firstLanguage, storedLanguage, useLanguageOf } from './i18n';
import { adoptReturn } from './router';

adoptReturn();
useLanguageOf(firstLanguage(storedLanguage(), navigator.languages), navigator.languages);

const root = document.getElementById('app');
if (root !== null) render(<App />, root);

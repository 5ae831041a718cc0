import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { actOn, acts, codes, providerSentence, providerSentences } from '../src/codes';
import { catalogues, firstLanguage, problemWords, providerWords, t, useLanguageOf, word } from '../src/i18n';
import type { Message } from '../src/i18n';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';

const forms = (message: Message): string[] =>
  typeof message === 'string' ? [message] : [message.one ?? message.other, message.other];

const names = (message: Message): string[] =>
  [...new Set(forms(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();

test('both catalogues have the same keys', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
});

test('both catalogues name the same parameters, and no text is empty', () => {
  for (const [key, message] of Object.entries(en) as [keyof typeof en, Message][]) {
    const other = catalogues.zh[key];
    assert.deepEqual(names(other), names(message), key);
    for (const text of [...forms(message), ...forms(other)]) assert.notEqual(text.trim(), '', key);
  }
});

test('no message is left untranslated', () => {
  const same = (Object.keys(en) as (keyof typeof en)[]).filter((key) =>
    JSON.stringify(catalogues.en[key]) === JSON.stringify(catalogues.zh[key]));
  assert.deepEqual(same.sort(), ['subtype.401k', 'subtype.paypal']);
});

test('every code of the API has words in both languages', () => {
  for (const [group, list] of Object.entries(codes)) {
    for (const code of list) {
      assert.ok(Object.hasOwn(en, `${group}.${code}`), `en: ${group}.${code}`);
      assert.ok(Object.hasOwn(zh, `${group}.${code}`), `zh: ${group}.${code}`);
    }
  }
  for (const sentence of providerSentences) assert.ok(Object.hasOwn(en, `provider.${sentence}`), sentence);
});

test('a provider code is known in both of its spellings', () => {
  assert.equal(providerSentence('ITEM_LOGIN_REQUIRED'), 'login');
  assert.equal(providerSentence('plaid.item_login_required'), 'login');
  assert.equal(providerSentence('SOMETHING_NEW'), undefined);
});

test('every provider error that the core knows says what happened and who must act', () => {
  const file = join(process.env['CONSOLE_FOLDER'] ?? '', '../../src/plaid/ErrorCatalogue.cpp');
  const entries = [...readFileSync(file, 'utf8')
    .matchAll(/CatalogueEntry\{\s*"(\w+)",\s*"([\w-]+)",\s*Remedy::(\w+)/g)];
  assert.ok(entries.length > 90, String(entries.length));
  const allowed: Record<string, string[]> = {
    Retry: ['nobody'], Later: ['nobody'], Wait: ['nobody'], Restart: ['nobody'], Refetch: ['nobody'],
    Repair: ['login'], Relink: ['connect'], Stop: ['operator', 'support'],
  };
  for (const [, , code = '', remedy = ''] of entries) {
    const act = actOn(code);
    assert.ok(act !== undefined && allowed[remedy]?.includes(act), `${code}: ${remedy}, ${act}`);
  }
  for (const act of acts) assert.ok(Object.hasOwn(en, `act.${act}`), act);
  useLanguageOf('en', ['en']);
  assert.equal(problemWords('INSTITUTION_DOWN', ''),
    'The bank is not available at the moment. Nobody needs to do anything: it is tried again by itself.');
  assert.equal(problemWords('SOMETHING_NEW', 'The bank said no.'), 'The bank said no.');
});

test('a code without words is shown as the text of the server', () => {
  useLanguageOf('en', ['en']);
  assert.equal(word('notice', 'a_new_kind', 'something'), 'something');
  assert.equal(word('notice', 'toString', 'something'), 'something');
  assert.equal(providerWords('SOMETHING_NEW', 'The bank said no.'), 'The bank said no.');
  assert.equal(providerWords('SOMETHING_NEW', ''), 'SOMETHING_NEW');
});

test('counts choose the plural form and are written as people write them', () => {
  useLanguageOf('en', ['en-US']);
  assert.equal(t('apply.link', { count: 1 }), 'Link 1 account');
  assert.equal(t('apply.link', { count: 1200 }), 'Link 1,200 accounts');
  useLanguageOf('zh', ['zh-CN']);
  assert.equal(t('apply.link', { count: 2 }), '关联 2 个账户');
});

test('words from outside cannot bring controls or turn the text around', () => {
  useLanguageOf('en', ['en']);
  const hostile = 'Bank\u202e\u0000\nevil';
  assert.equal(t('disconnect.title', { institution: hostile }), 'Disconnect Bank evil?');
  assert.equal(t('disconnect.title', { institution: 'בנק' }), 'Disconnect \u2068בנק\u2069?');
  assert.equal(t('disconnect.title', { institution: '{user}' }), 'Disconnect {user}?');
});

test('the language is the one chosen before, else the first of the browser that there is', () => {
  assert.equal(firstLanguage('zh', ['en-US']), 'zh');
  assert.equal(firstLanguage(null, ['fr-FR', 'zh-TW', 'en']), 'zh');
  assert.equal(firstLanguage('fr', ['fr']), 'en');
});

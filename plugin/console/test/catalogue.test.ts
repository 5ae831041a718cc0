import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { actOn, acts, codes, ownSentence, ownSentenceNames, providerSentence, providerSentences } from '../src/codes';
import { firstLanguage, problemWords, providerWords, t, useLanguageOf, word } from '../src/i18n';
import type { Message, MessageKey } from '../src/i18n';
import { en, parts as enParts } from '../src/i18n/en';
import { parts as zhParts, zh } from '../src/i18n/zh';

const forms = (message: Message): string[] =>
  typeof message === 'string' ? [message] : [message.one ?? message.other, message.other];

const names = (message: Message): string[] =>
  [...new Set(forms(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();

test('both catalogues have the same parts, and each part the same keys', () => {
  assert.deepEqual(Object.keys(zhParts).sort(), Object.keys(enParts).sort());
  for (const [name, part] of Object.entries(enParts)) {
    assert.deepEqual(Object.keys(zhParts[name as keyof typeof zhParts]).sort(), Object.keys(part).sort(), name);
  }
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
});

test('every file of words is a part of its catalogue, and no key stands in two', () => {
  for (const [language, catalogue, parts] of [['en', en, enParts], ['zh', zh, zhParts]] as const) {
    const folder = join(process.env['CONSOLE_FOLDER'] ?? '', 'src/i18n', language);
    const files = readdirSync(folder).filter((name) => name !== 'index.ts').map((name) => name.replace(/\.ts$/, ''));
    assert.deepEqual(Object.keys(parts).sort(), files.sort(), `src/i18n/${language}/index.ts lists its parts`);
    const keys = Object.values(parts).flatMap((part) => Object.keys(part));
    const twice = keys.filter((key, at) => keys.indexOf(key) !== at);
    assert.deepEqual(twice, []);
    assert.deepEqual(Object.keys(catalogue).sort(), keys.sort(), `src/i18n/${language}/index.ts spreads every part`);
  }
});

test('both catalogues name the same parameters, and no text is empty', () => {
  for (const [key, message] of Object.entries(en) as [MessageKey, Message][]) {
    const other = zh[key];
    assert.deepEqual(names(other), names(message), key);
    for (const text of [...forms(message), ...forms(other)]) assert.notEqual(text.trim(), '', key);
  }
});

test('no message is left untranslated', () => {
  const same = (Object.keys(en) as MessageKey[]).filter((key) => JSON.stringify(en[key]) === JSON.stringify(zh[key]));
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

/** Errors that end inside the plugin: a person never gets their code. */
const unseen: Record<string, string> = {
  'console.changed': 'the plugin refuses to start', 'console.files': 'the plugin refuses to start',
  'store.newer': 'the plugin refuses to start', 'store.not_ours': 'the plugin refuses to start',
  'store.other_environment': 'the plugin refuses to start', 'store.other_host': 'the plugin refuses to start',
  'delivery.contradiction': 'between plugin and host', 'delivery.heads': 'between plugin and host',
  'delivery.moved_on': 'between plugin and host', 'delivery.no_end': 'between plugin and host',
  'delivery.tail': 'between plugin and host', 'events.position': 'between plugin and host',
  'intake.inbox_full': 'answered to the provider', 'store.webhooks_waiting': 'answered to the provider',
  'webhook.key_unavailable': 'answered to the provider', 'webhook.malformed': 'answered to the provider',
  'plaid.webhook_key': 'answered to the provider', 'provider.no_webhooks': 'answered to the provider',
  'money.not_a_number': 'becomes a reason to hold the row', 'money.overflow': 'becomes a reason to hold the row',
  'money.sum_too_large': 'becomes a reason to hold the row', 'money.too_many_digits': 'becomes a reason to hold the row',
  'money.unknown_currency': 'becomes a reason to hold the row', 'vault.sealed': 'becomes connection.token_damaged',
  'plaid.unlisted': 'the English text has what Plaid said',
  'store.column_type': 'internal', 'store.not_begun': 'internal', 'store.poisoned': 'internal',
};

/** The codes of the errors that the core makes, each with the file that does. */
function codesOfTheCore(): Map<string, string> {
  const root = join(process.env['CONSOLE_FOLDER'] ?? '', '../../src');
  const found = new Map<string, string>();
  for (const name of readdirSync(root, { recursive: true } as { recursive: true }).map(String)) {
    if (!/\.(cpp|h)$/.test(name)) continue;
    const text = readFileSync(join(root, name), 'utf8');
    const made = /(?:Error::(?:invalid|conflict|denied|retry|exhausted|notFound|unknown|corrupt|internal)\(|(?:errorJson|refusal)\((?:\s*\d+,)?|constexpr (?:const char\*|std::string_view) \w*[cC]ode\w* =)\s*"([a-z]+\.[a-z_]+)"/g;
    for (const [, code = ''] of text.matchAll(made)) found.set(code, name);
  }
  return found;
}

test('every error that the core can answer with has words, or is said never to reach a person', () => {
  const made = codesOfTheCore();
  assert.ok(made.size > 120, String(made.size));
  const worded = (code: string): boolean => (codes.error as readonly string[]).includes(code)
    || ownSentence(code) !== undefined || providerSentence(code) !== undefined;
  for (const [code, file] of made) {
    assert.ok(worded(code) || Object.hasOwn(unseen, code),
      `${code} (src/${file}) has no words: add it to src/codes.ts and to errors.ts of both catalogues`);
    assert.ok(!worded(code) || !Object.hasOwn(unseen, code), `${code} has words, and is said to need none`);
  }
  for (const code of Object.keys(unseen)) assert.ok(made.has(code), `the core makes no ${code} any more`);
  for (const name of ownSentenceNames) assert.ok(Object.hasOwn(en, `own.${name}`), name);
});

test('every error that has words is one that the core knows', () => {
  const root = join(process.env['CONSOLE_FOLDER'] ?? '', '../../src');
  const texts = readdirSync(root, { recursive: true } as { recursive: true }).map(String)
    .filter((name) => /\.(cpp|h)$/.test(name)).map((name) => readFileSync(join(root, name), 'utf8')).join('');
  for (const code of codes.error) {
    assert.ok(code.startsWith('client.') || texts.includes(`"${code}"`), `the core knows no ${code} any more`);
  }
});

test('an error of ours that has no words of its own has a sentence', () => {
  useLanguageOf('zh', zh, ['zh']);
  assert.equal(providerWords('http.connect', 'The provider cannot be reached.'), zh['own.no_answer']);
  useLanguageOf('en', en, ['en']);
  assert.equal(providerWords('console.query', 'x'), en['own.not_understood']);
  assert.equal(providerWords('store.busy', 'x'), en['error.store.busy']);
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
  useLanguageOf('en', en, ['en']);
  assert.equal(problemWords('INSTITUTION_DOWN', ''),
    'The bank is not available at the moment. Nobody needs to do anything: it is tried again by itself.');
  assert.equal(problemWords('SOMETHING_NEW', 'The bank said no.'), 'The bank said no.');
});

test('a code without words is shown as the text of the server', () => {
  useLanguageOf('en', en, ['en']);
  assert.equal(word('notice', 'a_new_kind', 'something'), 'something');
  assert.equal(word('notice', 'toString', 'something'), 'something');
  assert.equal(providerWords('SOMETHING_NEW', 'The bank said no.'), 'The bank said no.');
  assert.equal(providerWords('SOMETHING_NEW', ''), 'SOMETHING_NEW');
});

test('counts choose the plural form and are written as people write them', () => {
  useLanguageOf('en', en, ['en-US']);
  assert.equal(t('apply.link', { count: 1 }), 'Link 1 account');
  assert.equal(t('apply.link', { count: 1200 }), 'Link 1,200 accounts');
  useLanguageOf('zh', zh, ['zh-CN']);
  assert.equal(t('apply.link', { count: 2 }), '关联 2 个账户');
});

test('words from outside cannot bring controls or turn the text around', () => {
  useLanguageOf('en', en, ['en']);
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

test('whom the feed comes through has one name, and removed one word', () => {
  for (const [key, message] of Object.entries(zh)) {
    const text = JSON.stringify(message);
    assert.doesNotMatch(text, /服务商|提供商|提供方|账簿科目/, key);
    if (/removed|imported_again|removals/.test(key)) assert.doesNotMatch(text, /删除/, key);
  }
  for (const [key, message] of Object.entries(en)) assert.doesNotMatch(JSON.stringify(message), /the provider/i, key);
});

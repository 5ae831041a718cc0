import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { after, test } from 'node:test';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';

const folder = process.env['CONSOLE_FOLDER'] ?? process.cwd();
const out = mkdtempSync(join(tmpdir(), 'bankfeed-bundle-'));
after(() => rmSync(out, { recursive: true, force: true }));

execFileSync(process.execPath, [join(folder, 'scripts/build.mjs'), '--out', out]);
const read = (name: string): string => readFileSync(join(out, name), 'utf8');
const scripts = (): string => ['app.js', 'chunk.js', 'records.js'].map(read).join('\n');

test('the bundle is a page, its scripts, a style and a file of words for each language, with fixed names', () => {
  assert.deepEqual(readdirSync(out).sort(), ['app.css', 'app.js', 'chunk.js', 'index.html', 'records.js', 'words-en.json', 'words-zh.json']);
});

test('the words of a language are the catalogue, for the very keys that the script was built with', () => {
  for (const [language, catalogue] of Object.entries({ en, zh })) {
    const file = JSON.parse(read(`words-${language}.json`)) as { keys: string; words: unknown };
    assert.deepEqual(file.words, JSON.parse(JSON.stringify(catalogue)), language);
    assert.match(file.keys, /^[0-9a-f]{16}$/);
    assert.ok(scripts().includes(`"${file.keys}"`), language);
  }
});

test('the script holds no language itself', () => {
  for (const message of [en['disconnect.text1'], zh['disconnect.text1'] as string]) assert.ok(!scripts().includes(message));
});

test('the page has no inline script or style, and nothing remote', () => {
  const page = read('index.html');
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=/);
  assert.doesNotMatch(page, /(src|href)="(https?:)?\/\//);
  assert.match(page, /default-src 'none'/);
});

test('the script evaluates no text and names no remote host', () => {
  const script = scripts();
  assert.doesNotMatch(script, /\beval\(|new Function\(|document\.write/);
  const addresses = [...script.matchAll(/https?:\/\/[\w.-]+/g)].map((match) => match[0]);
  assert.deepEqual([...new Set(addresses)].filter((one) => one !== 'http://www.w3.org'), []);
});

test('our sources put no markup of others into the page', () => {
  const sources = readdirSync(join(folder, 'src'), { recursive: true } as { recursive: true })
    .map(String).filter((name) => /\.tsx?$/.test(name));
  assert.ok(sources.length > 20);
  for (const name of sources) {
    const text = readFileSync(join(folder, 'src', name), 'utf8');
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/, name);
  }
});

test('the style loads nothing', () => {
  assert.doesNotMatch(read('app.css'), /url\(|@import/);
});

test('a first load is under 60 KB compressed, whatever the language', () => {
  assert.match(read('app.js'), /import\("\.\/records\.js"\)/);
  const first = readdirSync(out).filter((name) => !name.startsWith('words-') && name !== 'records.js');
  for (const language of ['en', 'zh']) {
    const files = [...first, `words-${language}.json`].map((name) => [name, gzipSync(read(name)).length] as const);
    const total = files.reduce((sum, [, size]) => sum + size, 0);
    assert.ok(total < 60_000, `${language}: ${total} bytes: ${JSON.stringify(files)}`);
  }
});

test('the pages of the example host have the colours of the console', () => {
  const coloursOf = (name: string): string[] =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/--[a-z-]+: #[0-9a-f]{6};/g)].map((match) => match[0]);
  const ours = coloursOf('src/style.css');
  assert.ok(ours.length > 20);
  const theirs = coloursOf('../../examples/ledgerd/pages/ledgerd.css');
  assert.ok(theirs.length > 20);
  assert.deepEqual(theirs.filter((colour) => !ours.includes(colour)), []);
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { after, test } from 'node:test';

const folder = process.env['CONSOLE_FOLDER'] ?? process.cwd();
const out = mkdtempSync(join(tmpdir(), 'bankfeed-bundle-'));
after(() => rmSync(out, { recursive: true, force: true }));

execFileSync(process.execPath, [join(folder, 'scripts/build.mjs'), '--out', out]);
const read = (name: string): string => readFileSync(join(out, name), 'utf8');

test('the bundle is three files with fixed names', () => {
  assert.deepEqual(readdirSync(out).sort(), ['app.css', 'app.js', 'index.html']);
});

test('the page has no inline script or style, and nothing remote', () => {
  const page = read('index.html');
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=/);
  assert.doesNotMatch(page, /(src|href)="(https?:)?\/\//);
  assert.match(page, /default-src 'none'/);
});

test('the script evaluates no text and names no remote host', () => {
  const script = read('app.js');
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

test('the bundle stays small', () => {
  assert.ok(read('app.js').length < 200_000);
  assert.ok(gzipSync(read('app.js')).length < 60_000);
});

// What the build and the tests must not forget.

import { folderOf, nameOf } from '../tree.mjs';

const COMPILED = /^(?:src|plugin|host-sdk|examples|tests)\/.*\.(?:c|cpp)$/u;
const BUILD_FILE = /(?:^|\/)CMakeLists\.txt$|\.cmake$|\.sh$/u;

const withoutHashes = (text) => text.replace(/(^|\s)#.*$/gmu, '$1');
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');

/** The patterns of every file(GLOB ...) of a CMakeLists.txt, each as a test of a path relative to it. */
function globsOf(text) {
  return [...text.matchAll(/\bfile\s*\(\s*(GLOB|GLOB_RECURSE)\b([^)]*)\)/gu)].flatMap(([, kind, words]) => words.split(/\s+/u)
    .map((word) => word.replace(/^"|"$/gu, '').replace(/^\$\{CMAKE_CURRENT_SOURCE_DIR\}\//u, '')).filter((word) => word.includes('*'))
    .map((word) => new RegExp(`^${kind === 'GLOB' ? '' : '(?:.*/)?'}${escaped(word).replaceAll('\\*', '[^/]*')}$`, 'u')));
}

/** True when a build file that stands above `path` names it, or takes all of its folder; or any names its folder and name. */
function isNamed(path, { place, text, globs }) {
  const above = place === '' || path.startsWith(`${place}/`);
  const relative = above ? path.slice(place === '' ? 0 : place.length + 1) : null;
  const names = (word, before = '') => new RegExp(`(?<![\\w./-])${before}${escaped(word)}(?![\\w.-])`, 'u').test(text);
  if (relative !== null && (names(relative) || globs.some((glob) => glob.test(relative)))) return true;
  if (names(path.split('/').slice(-2).join('/'), '(?:[\\w.${}/-]*/)?')) return true;
  // foreach(name IN ITEMS ...) with ${name}.c
  const stem = nameOf(path).replace(/\.[^.]+$/u, '');
  return place === folderOf(path) && /\$\{\w+\}\.c(?:pp)?\b/u.test(text) && new RegExp(`(?<![\\w-])${escaped(stem)}(?![\\w-])`, 'u').test(text);
}

function everySourceIsCompiled(tree, report) {
  const builds = tree.paths(BUILD_FILE).map((path) => {
    const text = withoutHashes(tree.text(path));
    return { place: folderOf(path), text, globs: globsOf(text) };
  });
  for (const path of tree.paths(COMPILED)) {
    if (!builds.some((build) => isNamed(path, build))) report(path, 1, 'no CMakeLists.txt names it: nothing compiles it');
  }
}

function foldersSayWhatTheyAre(tree, report) {
  const rooms = [...tree.folders].filter((folder) => /^src\/[^/]+$/u.test(folder));
  for (const folder of [...rooms, 'plugin', 'plugin/console', 'host-sdk']) {
    if (tree.folders.has(folder) && !tree.has(`${folder}/README.md`)) report(`${folder}/README.md`, 1, 'every room says what it is for');
  }
}

function suitesAreRegistered(tree, report) {
  const folders = [...tree.folders].filter((folder) => /^tests\/(?:unit|contract)\/[^/]+$/u.test(folder));
  for (const folder of folders) {
    const path = `${folder}/CMakeLists.txt`;
    if (!tree.has(path)) report(path, 1, 'a folder of tests registers with CTest');
    else if (!/\badd_test\s*\(/u.test(withoutHashes(tree.text(path)))) report(path, 1, 'no add_test(): CTest never runs it');
  }
}

// A test method that no CPPUNIT_TEST names compiles, and never runs.
function everyTestRuns(tree, report) {
  for (const path of tree.paths(/^tests\/.*Test\.cpp$/u)) {
    const lines = tree.codeLines(path);
    const text = lines.join('\n');
    if (!/\bCPPUNIT_TEST_SUITE_REGISTRATION\s*\(|\bregisterTest|\bTEST\w*\s*\(|\bint main\s*\(/u.test(text)) report(path, 1, 'its suite is not registered');
    for (const [, suite] of text.matchAll(/\bCPPUNIT_TEST_SUITE\s*\(\s*(\w+)/gu)) {
      // A base class, or a template, is run under the names of those who derive from it.
      if (new RegExp(`(?:\\bpublic |using \\w+ = )${suite}\\b`, 'u').test(text)) continue;
      if (!new RegExp(`CPPUNIT_TEST_SUITE(?:_NAMED)?_REGISTRATION\\s*\\(\\s*(?:[\\w:]*::)?${suite}\\b`, 'u').test(text)) report(path, 1, `${suite} is not registered`);
    }
    if (!/\bCPPUNIT_TEST\s*\(/u.test(text)) continue;
    lines.forEach((line, index) => {
      const method = /^ {4}void (\w+)\(\)\s*(?:const)?\s*\{?\s*$/u.exec(line)?.[1];
      if (method === undefined || method === 'setUp' || method === 'tearDown') return;
      if (text.match(new RegExp(`\\b${method}\\b`, 'gu')).length === 1) report(path, index + 1, `${method}() is never run: no CPPUNIT_TEST names it`);
    });
  }
}

// A header that its own source includes first stands on its own feet: the compiler shows it.
function ownHeaderFirst(tree, report) {
  for (const path of tree.paths(/^(?:src|plugin)\/.*\.cpp$/u)) {
    const header = path.replace(/\.cpp$/u, '.h');
    if (!tree.has(header)) continue;
    const first = tree.codeLines(path).findIndex((line) => /^\s*#\s*include/u.test(line));
    const target = /"([^"]+)"/u.exec(tree.codeLines(path)[first] ?? '')?.[1];
    if (target === undefined || nameOf(target) !== nameOf(header)) report(path, first + 1, `${nameOf(header)} comes first, so that it is seen to need nothing before it`);
  }
}

function headersAreGuarded(tree, report) {
  for (const path of tree.paths(/^(?:src|plugin|tests|examples|host-sdk)\/.*\.h$/u)) {
    if (!/^#pragma once$|^#ifndef \w+_H$/mu.test(tree.text(path))) report(path, 1, 'a header is read once: #pragma once, or a guard');
  }
  for (const path of tree.paths(/^(?:src|plugin)\/.*\.h$/u)) {
    tree.bareLines(path).forEach((line, index) => {
      if (/^\s*using\s+namespace\b/u.test(line)) report(path, index + 1, 'a header opens no namespace for those who include it');
    });
  }
}

const VAGUE = /(?:Manager|Util|Utils|Utilities|Helper|Helpers|Common|Misc|Stuff)(?=[A-Z.]|$)/u;

function filesAreNamedAfterWhatTheyHold(tree, report) {
  for (const path of tree.paths(/^(?:src|plugin|examples|tests|host-sdk)\//u)) {
    const match = VAGUE.exec(nameOf(path));
    if (match) report(path, 1, `${match[0]} says nothing about what the file holds`);
  }
}

export const rules = {
  'compiled': everySourceIsCompiled,
  'readme': foldersSayWhatTheyAre,
  'suites': suitesAreRegistered,
  'tests-run': everyTestRuns,
  'own-header': ownHeaderFirst,
  'headers': headersAreGuarded,
  'names': filesAreNamedAfterWhatTheyHold,
};

// What any text of the repository may hold.

import { folderOf, joined, nameOf } from '../tree.mjs';

const GENERATED = /(?:^|\/)package-lock\.json$|\.golden$/u;
const WRITTEN = (path) => !GENERATED.test(path);
const CODE = /\.(?:h|c|cpp|mjs|js|ts|tsx|css|py|sh|cmake|h\.in|cpp\.in)$|CMakeLists\.txt$|(?:^|\/)(?:run|prepare|fresh-machine)$/u;

// "XXX" is a currency code too: as a mark it stands first in a comment, or before a colon.
const MARK = /\b(?:TO[D]O|FIX[M]E|HA[C]K)\b|(?:\/\/|\/\*|#|<!--)\s*X[X]X\b|\bX[X]X:/u;

function noMarks(tree, report) {
  for (const path of tree.paths().filter(WRITTEN)) {
    tree.lines(path).forEach((line, index) => {
      const match = MARK.exec(line);
      if (match) report(path, index + 1, `${match[0]}: finish it, or say in words what is missing and why`);
    });
  }
}

// A path that exists on one machine only. In front of it stands nothing that would make it part of another path.
const MACHINE_PATH = /(?<![\w.$}\])*/-])\/(?:root|work|farm|home\/\w+|Users\/\w+)\/|(?<![\w./])\.\.\/share[d]\b/u;

function noMachinePaths(tree, report) {
  for (const path of tree.paths().filter(WRITTEN)) {
    tree.lines(path).forEach((line, index) => {
      const match = MACHINE_PATH.exec(line);
      if (match) report(path, index + 1, `${match[0]} is a place of one machine`);
    });
  }
}

// Where packages come from is the business of whoever installs them.
function lockFilesNameNoHost(tree, report) {
  for (const path of tree.paths(/(?:^|\/)(?:package-lock\.json|yarn\.lock|\.npmrc)$/u)) {
    tree.lines(path).forEach((line, index) => {
      if (/"resolved"\s*:\s*"(?:https?|git)/u.test(line)) report(path, index + 1, 'a lock file names no host; npm writes none with omit-lockfile-registry-resolved=true');
      if (/^\s*(?:@[^:]+:)?registry\s*=|_authToken|_password/u.test(line)) report(path, index + 1, 'which registry serves is the machine\'s affair, not the repository\'s');
    });
    const settings = joined(folderOf(path), '.npmrc');
    if (nameOf(path) === 'package-lock.json' && !(tree.has(settings) && tree.text(settings).includes('omit-lockfile-registry-resolved=true'))) {
      report(path, 1, 'beside a lock file stands an .npmrc with omit-lockfile-registry-resolved=true');
    }
  }
}

function scriptsCanRun(tree, report) {
  for (const path of tree.paths()) {
    const script = tree.text(path).startsWith('#!');
    if (script && !tree.executable(path)) report(path, 1, 'a file that begins with #! is executable');
    if (!script && tree.executable(path)) report(path, 1, 'it is executable, and does not say with what');
  }
}

// A test waits for an event, with a deadline. A sleep is too short on one machine and too long on the others.
const TESTS = /^(?:tests|plugin\/console\/(?:test|dev)|examples\/demo)\//u;
const SLEEPS = [
  /\bsleep_(?:for|until)\b/u, /\b(?:u|nano)sleep\s*\(/u, /\bThread::sleep\b/u, /\btime\.sleep\b/u,
  /\bsetTimeout\s*\(\s*(?:resolve|done|r|res|ok|go)\b/u, /timers\/promises/u, /\bwaitForTimeout\s*\(/u, /\bAtomics\.wait\b/u,
];
// Looking again and again until a deadline is a wait, and its pace is no fixed sleep.
const DEADLINE = /\bdeadline\b|\bby = .*steady_clock/u;
const PACE_LINES = 10;
const SHELL_SLEEP = /(?:^|[;&|(]|\b(?:do|then|else))\s*sleep\s+["$\d.]/u;

function noFixedSleeps(tree, report) {
  for (const path of tree.paths(TESTS)) {
    const shell = !/\.(?:md|mjs|js|ts|tsx|cpp|h|c|txt|json|py)$/u.test(path);
    const lines = /\.(?:h|c|cpp)$/u.test(path) ? tree.bareLines(path) : tree.lines(path);
    lines.forEach((line, index) => {
      if (/\.md$/u.test(path) || path.startsWith('tests/tidy/')) return;
      const match = SLEEPS.map((sleep) => sleep.exec(line)).find(Boolean) ?? (shell ? SHELL_SLEEP.exec(line) : null);
      const paced = tree.lines(path).slice(Math.max(0, index - PACE_LINES), index).some((before) => DEADLINE.test(before));
      if (match && !paced) report(path, index + 1, `${match[0].trim()}: wait for the event, with a deadline`);
    });
  }
}

const LINES_MAX = 800;
const HEADER_LINES_MAX = 250;

function sizes(tree, report) {
  for (const path of tree.paths(CODE).filter(WRITTEN)) {
    const count = tree.lines(path).length - 1;
    const most = /\.h$/u.test(path) ? HEADER_LINES_MAX : LINES_MAX;
    if (count > most) report(path, most, `${count} lines; at most ${most}`);
  }
}

function endsOfLines(tree, report) {
  for (const path of tree.paths().filter(WRITTEN)) {
    const text = tree.text(path);
    if (text !== '' && !text.endsWith('\n')) report(path, tree.lines(path).length, 'the last line has no end');
    tree.lines(path).forEach((line, index) => {
      if (/[ \t\r]$/u.test(line)) report(path, index + 1, 'blanks at the end of a line');
      // Direction marks and invisible letters make code look like other code.
      if (/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(line)) report(path, index + 1, 'an invisible character; write it as an escape');
    });
  }
}

// [words](path) and [words](path#part) inside the repository lead somewhere.
function linksLeadSomewhere(tree, report) {
  for (const path of tree.paths(/\.md$/u)) {
    let fenced = false;
    tree.lines(path).forEach((line, index) => {
      if (/^\s*```/u.test(line)) fenced = !fenced;
      if (fenced) return;
      for (const [, target] of line.replace(/`[^`]*`/gu, '').matchAll(/\]\(([^)\s]+)\)/gu)) {
        if (/^(?:[a-z]+:|#)/u.test(target)) continue;
        const place = joined(folderOf(path), target.replace(/#.*/u, ''));
        if (place !== '' && !tree.has(place) && !tree.folders.has(place)) report(path, index + 1, `leads nowhere: ${target}`);
      }
    });
  }
}

// `src/...` in a document names a file, a folder, or a pair Name.h and Name.cpp, from the top or from beside the
// document.
const NAMED = /`((?:src|plugin|host-sdk|examples|tests|docs|manifest)\/[\w./-]+)`/gu;

function namedFilesExist(tree, report) {
  const stems = new Set(tree.paths().map((path) => path.replace(/\.[^./]+$/u, '')));
  for (const path of tree.paths(/\.md$/u)) {
    tree.lines(path).forEach((line, index) => {
      for (const [, named] of line.matchAll(NAMED)) {
        const places = ['', folderOf(path)].map((folder) => joined(folder, named));
        if (!places.some((place) => tree.has(place) || tree.folders.has(place) || stems.has(place))) report(path, index + 1, `there is no ${named}`);
      }
    });
  }
}

export const rules = {
  'marks': noMarks,
  'machine-paths': noMachinePaths,
  'lock-files': lockFilesNameNoHost,
  'scripts': scriptsCanRun,
  'sleeps': noFixedSleeps,
  'sizes': sizes,
  'line-ends': endsOfLines,
  'links': linksLeadSomewhere,
  'named-files': namedFilesExist,
};

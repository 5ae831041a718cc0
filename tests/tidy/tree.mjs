// The files of the repository as rules see them: paths and texts, whether they come from a disk or from a test.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withoutComments, withoutLiterals } from './cpp-text.mjs';

const NOT_OURS = new Set(['.git', 'build', 'node_modules', '.cache']);

export class Tree {
  /** `files`: path -> text, or { text, executable }. `others`: paths of what is no text, a picture for example. */
  constructor(files, others = []) {
    this.others = new Set(others);
    this.files = new Map();
    for (const [path, given] of Object.entries(files)) {
      const file = typeof given === 'string' ? { text: given, executable: false } : given;
      this.files.set(path, { ...file, lines: undefined, code: undefined, bare: undefined });
    }
    this.folders = new Set();
    for (const path of this.files.keys()) {
      for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) this.folders.add(path.slice(0, at));
    }
  }

  /** The tracked files of a checkout, and those that are new and not ignored; without git, all files. */
  static read(top) {
    const files = {};
    const others = [];
    for (const path of listed(top)) {
      const place = join(top, path);
      if (!existsSync(place)) continue; // Removed, and not committed yet.
      const status = statSync(place);
      if (!status.isFile()) continue;
      const bytes = readFileSync(place);
      if (bytes.includes(0)) others.push(path);
      else files[path] = { text: bytes.toString('utf8'), executable: (status.mode & 0o111) !== 0 };
    }
    return new Tree(files, others);
  }

  /** Whether there is such a file, a text or another. */
  has(path) { return this.files.has(path) || this.others.has(path); }
  paths(pattern = /./u) { return [...this.files.keys()].filter((path) => pattern.test(path)).sort(); }
  text(path) { return this.files.get(path).text; }
  executable(path) { return this.files.get(path).executable; }

  lines(path) { return this.#kept(path, 'lines', (text) => text.split('\n')); }

  /** The lines of a C or C++ file without its comments. */
  codeLines(path) { return this.#kept(path, 'code', (text) => withoutComments(text).split('\n')); }

  /** The lines of a C or C++ file without comments and without what stands between quotes. */
  bareLines(path) { return this.#kept(path, 'bare', (text) => withoutLiterals(text).split('\n')); }

  #kept(path, name, make) {
    const file = this.files.get(path);
    file[name] ??= make(file.text);
    return file[name];
  }
}

function listed(top) {
  if (existsSync(join(top, '.git'))) {
    const options = { cwd: top, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
    return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options)
      .split('\0').filter((path) => path !== '');
  }
  const found = [];
  const look = (folder) => {
    for (const entry of readdirSync(join(top, folder), { withFileTypes: true })) {
      if (NOT_OURS.has(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) look(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  look('');
  return found;
}

export const folderOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1);

/** "a/b/../c/./d" -> "a/c/d" */
export function joined(folder, path) {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

import { rules as arrows } from './arrows.mjs';
import { rules as build } from './build.mjs';
import { rules as texts } from './texts.mjs';
import { rules as words } from './words.mjs';

/** Every rule by its name: a function of a tree and of report(path, line, text). */
export const rules = { ...arrows, ...words, ...texts, ...build };

/** All that is wrong with a tree: { rule, path, line, text }, in the order of files. */
export function problemsOf(tree, only = Object.keys(rules)) {
  const found = [];
  for (const name of only) {
    rules[name](tree, (path, line, text) => found.push({ rule: name, path, line, text }));
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
}

#!/usr/bin/env node
// Tests the repository itself: the arrows between its rooms, words that have no place in them, and what is easily forgotten.
//
// Usage: node tests/tidy/tidy.mjs [rule...]
// Prints one line per problem, "path:line: rule: what is wrong", and then the count. Exit code 1 when there is one.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { allowed } from './allowed.mjs';
import { problemsOf, rules } from './rules/index.mjs';
import { Tree } from './tree.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in rules));
if (unknown !== undefined) {
  console.error(`tidy: there is no rule "${unknown}"; there are ${Object.keys(rules).join(', ')}.`);
  process.exit(2);
}

const names = wanted.length > 0 ? wanted : Object.keys(rules);
const tree = Tree.read(top);
const found = problemsOf(tree, names);
const isAllowed = (problem) => allowed.some((one) => one.rule === problem.rule && one.path === problem.path);
const problems = found.filter((problem) => !isAllowed(problem));
for (const one of allowed.filter((entry) => names.includes(entry.rule))) {
  if (!found.some((problem) => problem.rule === one.rule && problem.path === one.path)) {
    problems.push({ path: 'tests/tidy/allowed.mjs', line: 1, rule: one.rule, text: `${one.path} needs no allowance any more` });
  }
}

for (const { path, line, rule, text } of problems) console.log(`${path}:${line}: ${rule}: ${text}`);
console.log(`${tree.files.size} files, ${names.length} rules, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

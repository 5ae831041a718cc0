import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf, problemsOf } from './check.mjs';

const table = (...rows) => ['| fault | expected | played by |', '|---|---|---|', ...rows].join('\n');
const world = { passed: new Set(['A::b']), kinds: ['k'], elsewhere: (name) => name === 'U::v' };
const problems = (...rows) => problemsOf(linesOf(table(...rows)), world).map((text) => text.replace(/^TABLE.md[^:]*:(\d+: )?/, '').trim());

test('a table whose lines all have a test that ran is whole', () => {
  assert.deepEqual(problems('| the fault `k` | it passes | `A::b` |'), []);
});
test('a test that did not run is named', () => {
  assert.match(problems('| the fault `k` | it passes | `A::b`, `A::c` |').join(), /"A::c".*did not run/);
});
test('a line without a test, and one without words, are named', () => {
  assert.match(problems('| `k` | it passes | `A::b` |', '| other | it passes | none yet |').join(), /other: no test plays it/);
  assert.match(problems('| `k` |  | `A::b` |').join(), /does not say/);
});
test('a unit test plays no fault of a socket, unless the line says why', () => {
  assert.match(problems('| `k` | it passes | `A::b` |', '| other | it passes | `U::v` |').join(), /no test of real sockets/);
  assert.deepEqual(problems('| `k` | it passes | `A::b` |',
    '| other | it passes | not on a socket: the simulator has no such thing; nearest: `U::v` |'), []);
  assert.match(problems('| `k` | it passes | `A::b` |', '| other | it passes | not on a socket: `U::v` |').join(), /does not say why/);
});
test('a test, and a kind of fault, of which no line speaks are named', () => {
  assert.deepEqual(problems('| other | it passes | `U::v` |').length, 3);
});

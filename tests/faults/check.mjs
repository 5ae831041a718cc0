// Is every fault of TABLE.md played? Run behind the suites, with the files of the names of their tests that passed.
//
// usage: node check.mjs PASSED...
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const top = resolve(here, '../..');

/** The lines of the table: {line, fault, expected, played}. */
export function linesOf(text) {
  const found = [];
  text.split('\n').forEach((row, index) => {
    if (!row.startsWith('| ') || /^\| (?:fault|-+) /.test(row)) return;
    const cells = row.slice(1, row.lastIndexOf('|')).split('|').map((cell) => cell.trim());
    const [fault, expected, played] = cells;
    found.push({ line: index + 1, fault, expected, played, cells: cells.length });
  });
  return found;
}

const namesIn = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]);

/** What is wrong with the table. `passed`: names of tests. `elsewhere`: says whether a test of another suite exists. */
export function problemsOf(lines, { passed, kinds, elsewhere }) {
  const problems = [];
  const named = new Set();
  for (const { line, fault, expected, played, cells } of lines) {
    const wrong = (what) => problems.push(`TABLE.md:${line}: ${fault}: ${what}`);
    if (cells !== 3 || !fault || !expected) wrong('it does not say what happens and what is to be seen');
    const names = namesIn(played ?? '');
    if (names.length === 0) wrong('no test plays it');
    for (const name of names) {
      named.add(name);
      if (!passed.has(name) && !elsewhere(name)) wrong(`there is no test "${name}", or it did not run, or it failed`);
    }
    const nearest = /^not on a socket/.test(played ?? '');
    if (nearest && !/^not on a socket: .{20,}; nearest: /.test(played)) wrong('it does not say why it cannot be played');
    if (!nearest && names.length > 0 && !names.some((name) => passed.has(name) || /^journey-/.test(name)))
      wrong('no test of real sockets plays it');
  }
  for (const name of passed) if (!named.has(name)) problems.push(`TABLE.md: no line speaks of the test "${name}"`);
  const spoken = new Set(lines.flatMap(({ fault }) => namesIn(fault ?? '')));
  for (const kind of kinds) if (!spoken.has(kind)) problems.push(`TABLE.md: no line speaks of the simulator's fault "${kind}"`);
  return problems;
}

function filesBelow(folder, ending) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending) && !entry.parentPath.includes('node_modules'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

/** "Class::method" of a unit test, or "journey-name: the text of a test or step". */
function finder() {
  const units = filesBelow(join(top, 'tests/unit'), '.cpp');
  const journeys = filesBelow(join(top, 'tests/journey'), '.mjs');
  return (name) => {
    const unit = /^(\w+)::(\w+)$/.exec(name);
    if (unit) return units.some((text) => text.includes(`CPPUNIT_TEST(${unit[2]})`) && text.includes(`class ${unit[1]} `));
    const journey = /^journey-[a-z-]+: (.+)$/.exec(name);
    return journey !== null && journeys.some((text) => text.includes(journey[1]));
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const passed = new Set();
  const problems = [];
  for (const file of process.argv.slice(2)) {
    if (!existsSync(file)) problems.push(`${file}: the suite did not run`);
    else readFileSync(file, 'utf8').split('\n').filter(Boolean).forEach((name) => passed.add(name));
  }
  const spec = readFileSync(join(top, 'examples/plaid-simulator/src/FaultSpec.cpp'), 'utf8');
  const kinds = [...spec.matchAll(/\{"(\w+)", FaultKind::/g)].map((match) => match[1]);
  if (kinds.length < 20) problems.push('the simulator\'s kinds of faults are not where they were');
  const lines = linesOf(readFileSync(join(here, 'TABLE.md'), 'utf8'));
  problems.push(...problemsOf(lines, { passed, kinds, elsewhere: finder() }));
  for (const problem of problems) console.log(problem);
  console.log(`${lines.length} faults, ${passed.size} tests, ${problems.length} problems`);
  process.exit(problems.length === 0 ? 0 : 1);
}

// examples/run and tests/run in a folder of their own: real scripts, a played CMake, a played demo.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../../examples/demo/books.mjs';

const top = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let place;
let port;

// Says that it builds, and goes on when the test says so; or fails with the log that the test wrote.
const playedCmake = `#!/bin/sh
case "$1" in --preset) exit 0 ;; esac
if [ -f fail.log ]; then cat fail.log; exit 1; fi
if [ -f slow ]; then echo began >> builds; while [ -f slow ]; do sleep 0.02; done; echo ended >> builds; fi
`;
const playedDemo = `
import { writeFileSync } from 'node:fs';
writeFileSync(process.env.BANKFEED_DEMO_LOCK, (process.env.BANKFEED_DEMO_PORT ?? '8080') + '\\n');
console.log('demo is up');
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
`;

function isFree(number) {
  return new Promise((resolve) => {
    const server = createServer().on('error', () => resolve(false));
    server.listen(number, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The first of three free ports, below those that the system gives to whoever asks. */
async function freePorts() {
  for (let tries = 0; tries < 100; ++tries) {
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all([isFree(first), isFree(first + 1), isFree(first + 2)]);
    if (free.every(Boolean)) return first;
  }
  throw new Error('no three free ports');
}

/** Starts a command of the played checkout. `said()` is what it has said so far; `ended` its exit code. */
function start(words, env = {}) {
  const child = spawn('bash', words, {
    cwd: place,
    env: { ...process.env, PATH: `${place}/bin:${process.env.PATH}`, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data) => { text += data; });
  const ended = new Promise((resolve) => { child.on('close', resolve); });
  return { child, ended, said: () => text };
}

async function run(words, env) {
  const command = start(words, env);
  command.child.stdin.end();
  return { code: await command.ended, said: command.said() };
}

before(async () => {
  place = await mkdtemp(join(tmpdir(), 'bankfeed-commands-'));
  for (const folder of ['examples/demo', 'tests', '.setup', 'bin', 'build/dev']) await mkdir(join(place, folder), { recursive: true });
  for (const file of ['examples/run', 'tests/run', '.setup/build.sh']) await cp(join(top, file), join(place, file));
  await writeFile(join(place, '.setup/prepare'), '');
  await writeFile(join(place, 'examples/demo/run.mjs'), playedDemo);
  await writeFile(join(place, 'bin/cmake'), playedCmake);
  await writeFile(join(place, 'bin/ctest'), '#!/bin/sh\necho "1/1 Test #1: played ... Passed"\n');
  for (const file of ['bin/cmake', 'bin/ctest']) await chmod(join(place, file), 0o755);
  port = String(await freePorts());
});

after(() => rm(place, { recursive: true, force: true }));

test('the demo refuses words and ports that it does not know', async () => {
  for (const words of [['--story', 'x'], ['x'], ['--story', '--story']]) {
    const { code, said } = await run(['examples/run', ...words]);
    assert.equal(code, 2, said);
    assert.match(said, /unknown word/);
  }
  for (const wrong of ['abc', '99999', '65534', '1023', '08080', '-1', '8080x', '1 2']) {
    const { code, said } = await run(['examples/run'], { BANKFEED_DEMO_PORT: wrong });
    assert.equal(code, 2, said);
    assert.match(said, /is no port from 1024 to 65533/);
  }
});

test('a second demo names the address of the first', async () => {
  const first = start(['examples/run'], { BANKFEED_DEMO_PORT: port });
  await until('the first demo to be up', () => first.said().includes('demo is up'));
  const second = await run(['examples/run']);
  assert.equal(second.code, 1);
  assert.match(second.said, new RegExp(`running already .* http://127\\.0\\.0\\.1:${port}/`));
  first.child.stdin.end();
  assert.equal(await first.ended, 0);
});

test('one build waits for the other, and says so', async () => {
  await writeFile(join(place, 'slow'), '');
  const first = start(['tests/run', 'one']);
  const builds = () => readFile(join(place, 'builds'), 'utf8').catch(() => '');
  await until('the first build to begin', async () => (await builds()) === 'began\n');
  const second = start(['examples/run'], { BANKFEED_DEMO_PORT: port });
  await until('the second to wait', () => second.said().includes('Another build is running; waiting for it.'));
  assert.equal(await builds(), 'began\n');
  const third = await run(['examples/run']);
  assert.match(third.said, /being built or started already/);
  await rm(join(place, 'slow'));
  assert.equal(await first.ended, 0, first.said());
  await until('the second to be up', () => second.said().includes('demo is up'));
  second.child.stdin.end();
  assert.equal(await second.ended, 0, second.said());
});

test('a failed build shows the errors of the compiler and little else', async () => {
  const long = 'x'.repeat(3000);
  const log = [
    '[1/3] Building CXX object src/base/CMakeFiles/bankfeed_base.dir/Error.cpp.o',
    'FAILED: src/sync/CMakeFiles/SyncErrors.cpp.o',
    `/usr/bin/c++ -DError=1 ${long} SyncErrors.cpp`,
    '/src/SyncErrors.cpp:12:5: error: ‘money’ was not declared in this scope',
    '   12 |     money;',
    `/src/SyncErrors.cpp:20:5: error: no match for ${long}`,
    'ninja: build stopped: subcommand failed.',
  ];
  await writeFile(join(place, 'fail.log'), `${log.join('\n')}\n`);
  for (const words of [['examples/run'], ['tests/run', 'dev']]) {
    const { code, said } = await run(words, { BANKFEED_DEMO_PORT: port });
    assert.equal(code, 1);
    assert.match(said, /SyncErrors\.cpp:12:5: error: ‘money’ was not declared/);
    assert.doesNotMatch(said, /FAILED|Error\.cpp\.o|-DError/);
    assert.ok(said.split('\n').every((line) => line.length <= 200), said);
  }
  await writeFile(join(place, 'fail.log'), `${'a line\n'.repeat(40)}the packages could not be fetched\n`);
  const { said } = await run(['examples/run'], { BANKFEED_DEMO_PORT: port });
  assert.match(said, /the packages could not be fetched/);
  assert.equal(said.match(/a line/g).length, 14);
  await rm(join(place, 'fail.log'));
});

test('what the demo started ends when the demo is killed', async () => {
  const script = `
    import { startProgram } from ${JSON.stringify(join(top, 'examples/demo/processes.mjs'))};
    const program = startProgram('sleeper', 'sleep', ['300'], ${JSON.stringify(join(place, 'sleeper.log'))});
    console.log(program.child.pid);
    setInterval(() => {}, 1000);`;
  await writeFile(join(place, 'parent.mjs'), script);
  const parent = spawn(process.execPath, [join(place, 'parent.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  parent.stdout.setEncoding('utf8').on('data', (data) => { text += data; });
  const pid = Number(await until('the program to start', () => text.trim()));
  const command = () => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  await until('it to run', async () => (await command()).startsWith('sleep\0'));
  parent.kill('SIGKILL');
  try {
    await until('it to end with its parent', async () => (await command()) === '');
  } finally {
    if ((await command()).startsWith('sleep\0')) process.kill(pid);
  }
});

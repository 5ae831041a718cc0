// Runs the tests: bundles each test/*.test.ts into a temporary folder, and hands them and each test/*.test.mjs to node:test.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const out = await mkdtemp(join(tmpdir(), 'bankfeed-console-'));
try {
  const all = (await readdir(join(here, 'test'))).sort();
  const names = all.filter((name) => name.endsWith('.test.ts'));
  const plain = all.filter((name) => name.endsWith('.test.mjs'));
  await build({
    absWorkingDir: here,
    entryPoints: names.map((name) => join('test', name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: ['node18'],
    packages: 'external',
    logLevel: 'warning',
  });
  const files = [...names.map((name) => join(out, name.replace(/\.ts$/, '.mjs'))), ...plain.map((name) => join(here, 'test', name))];
  const tests = spawn(process.execPath, ['--test', ...files], { stdio: 'inherit', cwd: here, env: { ...process.env, CONSOLE_FOLDER: here } });
  process.exitCode = await new Promise((resolve) => tests.on('exit', (code) => resolve(code ?? 1)));
} finally {
  await rm(out, { recursive: true, force: true });
}

// Builds the bundle: node scripts/build.mjs [--out FOLDER]. The names carry no hashes, because the
// server answers with ETags, and the plugin's manifest hashes every file.

import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(dirname(fileURLToPath(import.meta.url)));

/** Writes index.html, app.js and app.css into `out`, a folder that is made when it is missing. */
export async function bundle(out) {
  await mkdir(out, { recursive: true });
  await build({
    absWorkingDir: here,
    entryPoints: { app: 'src/main.tsx' },
    outfile: join(out, 'app.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['es2022'],
    charset: 'utf8',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  await build({
    absWorkingDir: here,
    entryPoints: { app: 'src/style.css' },
    outfile: join(out, 'app.css'),
    bundle: true,
    minify: true,
    target: ['es2022', 'chrome100', 'firefox100', 'safari15.4'],
    logLevel: 'warning',
  });
  await copyFile(join(here, 'src/index.html'), join(out, 'index.html'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--out');
  const out = at < 0 ? join(here, 'dist') : resolve(process.argv[at + 1] ?? '');
  await bundle(out);
}

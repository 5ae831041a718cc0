// Builds the bundle: node scripts/build.mjs [--out FOLDER]. The names carry no hashes, because the
// server answers with ETags, and the plugin's manifest hashes every file.

import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(dirname(fileURLToPath(import.meta.url)));

const languages = ['en', 'zh'];

/** The catalogue of a language, from its TypeScript: { key: message }. */
async function catalogueOf(language) {
  const made = await build({
    absWorkingDir: here,
    entryPoints: [`src/i18n/${language}/index.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    charset: 'utf8',
    logLevel: 'warning',
  });
  const module = await import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].contents).toString('base64')}`);
  return module[language];
}

/**
 * Writes words-LANGUAGE.json for each language, and gives the digest of their keys. The script is
 * built with it too, so that a page does not take the words of another version.
 */
async function words(out) {
  const catalogues = await Promise.all(languages.map(catalogueOf));
  const keysOf = (catalogue) => createHash('sha256').update(Object.keys(catalogue).sort().join('\n')).digest('hex').slice(0, 16);
  const keys = keysOf(catalogues[0]);
  for (const [at, language] of languages.entries()) {
    if (keysOf(catalogues[at]) !== keys) throw new Error(`The catalogue ${language} has other keys than ${languages[0]}.`);
    await writeFile(join(out, `words-${language}.json`), JSON.stringify({ keys, words: catalogues[at] }));
  }
  return keys;
}

/** Writes index.html, app.js, chunk.js, records.js, app.css and words-*.json into `out`, a folder that is made when it is missing. */
export async function bundle(out) {
  await mkdir(out, { recursive: true });
  const keys = await words(out);
  await build({
    absWorkingDir: here,
    entryPoints: { app: 'src/main.tsx' },
    outdir: out,
    // What few screens need is a script of its own, and what both need a third: chunk.js.
    splitting: true,
    chunkNames: '[name]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    charset: 'utf8',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { CATALOGUE_KEYS: JSON.stringify(keys) },
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

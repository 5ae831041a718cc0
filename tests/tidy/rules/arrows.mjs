// Who may know whom.
//
//   base <- money <- store <- { plaid accounts sync delivery intake link } <- engine <- console
//   base <- adapters

import { folderOf, joined } from '../tree.mjs';

const BELOW = ['base', 'money', 'store'];
const BESIDE = ['accounts', 'sync', 'delivery', 'intake', 'link']; // and plaid, which only console may read JSON with

const ROOMS = {
  base: [],
  money: ['base'],
  store: ['base', 'money'],
  plaid: BELOW,
  ...Object.fromEntries(BESIDE.map((room) => [room, BELOW])),
  engine: [...BELOW, ...BESIDE],
  console: [...BELOW, ...BESIDE, 'engine'],
  adapters: ['base'],
};

// The console reads what browsers send with the reader that was written for hostile JSON.
const EXCEPTIONS = { console: ['plaid/JsonReader.h'] };

const INCLUDE = /^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)/u;
const SOURCES = /\.(?:h|c|cpp|h\.in|cpp\.in|inc)$/u;

export function includesOf(tree, path) {
  const found = [];
  tree.codeLines(path).forEach((line, index) => {
    const match = INCLUDE.exec(line);
    if (match) found.push({ line: index + 1, target: match[1] ?? match[2], quoted: match[1] !== undefined });
  });
  return found;
}

function arrowsOfSrc(tree, report) {
  for (const path of tree.paths(/^src\//u).filter((one) => SOURCES.test(one))) {
    const room = path.split('/')[1];
    const allowed = ROOMS[room];
    if (allowed === undefined) { report(path, 1, `src/${room} is not a room of the design`); continue; }
    for (const { line, target, quoted } of includesOf(tree, path)) {
      if (/^bankfeed\//u.test(target)) { report(path, line, `src never knows the C ABI: ${target}`); continue; }
      if (!quoted) continue;
      const other = target.split('/')[0];
      if (!tree.has(`src/${target}`)) report(path, line, `includes are written from src/, and name files there: ${target}`);
      else if (other !== room && !allowed.includes(other) && !(EXCEPTIONS[room] ?? []).includes(target)) {
        report(path, line, `${room} must not know ${other}: ${target}`);
      }
    }
  }
}

// What a room links shows the same arrows; console reads JSON with plaid's reader.
function arrowsOfLinks(tree, report) {
  for (const path of tree.paths(/^src\/[^/]+\/CMakeLists\.txt$/u)) {
    const room = path.split('/')[1];
    const allowed = [...(ROOMS[room] ?? []), room, 'options', ...(EXCEPTIONS[room] ?? []).map((one) => one.split('/')[0])];
    tree.lines(path).forEach((line, index) => {
      for (const [, other] of line.replace(/#.*/u, '').matchAll(/\bbankfeed_(\w+)/gu)) {
        if (!allowed.includes(other)) report(path, index + 1, `${room} must not link bankfeed_${other}`);
      }
    });
  }
}

// A part of its own finds everything it includes in its own folders, or in host-sdk's headers.
const PARTS = [
  { folder: 'examples/ledgerd', roots: ['', '/base', '/books', '/config', '/pages', '/people', '/plugins', '/web'], sdk: true },
  { folder: 'examples/plaid-simulator', roots: ['', '/src'], sdk: false },
  { folder: 'examples/minimal-plugin', roots: [''], sdk: true },
  { folder: 'host-sdk', roots: ['/include', '/loader', '/check'], sdk: true },
];

function arrowsOfParts(tree, report) {
  for (const { folder, roots, sdk } of PARTS) {
    const builds = tree.paths(/CMakeLists\.txt$/u).filter((one) => one.startsWith(`${folder}/`)).map((one) => tree.text(one)).join('\n');
    for (const path of tree.paths(/./u).filter((one) => one.startsWith(`${folder}/`) && SOURCES.test(one))) {
      for (const { line, target, quoted } of includesOf(tree, path)) {
        const ofSdk = /^bankfeed\//u.test(target) && tree.has(`host-sdk/include/${target}`);
        if (ofSdk && !sdk) report(path, line, `${folder} stands without host-sdk: ${target}`);
        if (ofSdk || !quoted) continue;
        const places = [joined(folderOf(path), target), ...roots.map((root) => joined(folder + root, target))];
        const own = places.some((place) => place.startsWith(`${folder}/`) && (tree.has(place) || tree.has(`${place}.in`)))
          || builds.includes(target); // made by the build
        if (!own) report(path, line, `${folder} uses nothing of src/ or plugin/, and has no file ${target}`);
      }
    }
    for (const path of tree.paths(/CMakeLists\.txt$/u).filter((one) => one.startsWith(`${folder}/`))) {
      tree.lines(path).forEach((line, index) => {
        const match = new RegExp(`\\bbankfeed_(${Object.keys(ROOMS).join('|')}|core|plugin_parts)\\b`, 'u').exec(line.replace(/#.*/u, ''));
        if (match) report(path, index + 1, `${folder} uses nothing of src/ or plugin/: bankfeed_${match[1]}`);
      });
    }
  }
}

// Rooms that are not their own: the plugin knows src and host-sdk, and no example and no test.
function arrowsOfPlugin(tree, report) {
  for (const path of tree.paths(/^plugin\/[^/]+\.(?:h|cpp)$/u)) {
    for (const { line, target, quoted } of includesOf(tree, path)) {
      if (!quoted) continue;
      const known = [`plugin/${target}`, `plugin/${target}.in`, `src/${target}`, `host-sdk/include/${target}`];
      if (!known.some((place) => tree.has(place))) report(path, line, `plugin knows src and host-sdk only: ${target}`);
      if (target === 'bankfeed/loader.h') report(path, line, 'a plugin does not know the loader');
    }
  }
}

// Each library has the rooms that may see it; a header that others include shows none of them.
const LIBRARIES = [
  { name: 'Poco', header: /^Poco\//u, cpp: /^src\/(?:adapters\/|store\/Database\w*(?:Connection|Session)\.cpp$)/u,
    inner: ['src/store/DatabaseStatement.h', 'src/store/DatabasePostgresqlConnection.h', 'src/adapters/TlsContext.h'] },
  { name: 'SQLite', header: /^sqlite3/u, cpp: /^src\/store\/Database\w*\.cpp$/u, inner: [] },
  { name: 'libpq', header: /^(?:libpq-fe|postgresql\/)/u, cpp: /^src\/store\/Database\w*\.cpp$/u,
    inner: ['src/store/DatabasePostgresqlConnection.h'] },
  { name: 'simdjson', header: /^simdjson/u, cpp: /^src\/plaid\/JsonReader\.cpp$/u, inner: [] },
  { name: 'OpenSSL', header: /^openssl\//u,
    cpp: /^(?:src\/(?:adapters\/|plaid\/|base\/(?:Sha256|Secret)\.cpp|store\/TokenVault\.cpp)|plugin\/Workers\.cpp)/u, inner: [] },
];

function librariesAreContained(tree, report) {
  for (const path of tree.paths(/^(?:src|plugin)\/.*\.(?:h|cpp)$/u)) {
    for (const { line, target } of includesOf(tree, path)) {
      for (const { name, header, cpp, inner } of LIBRARIES) {
        if (!header.test(target)) continue;
        if (path.endsWith('.h') && !inner.includes(path)) report(path, line, `no header of ours shows ${name}: ${target}`);
        if (path.endsWith('.cpp') && !cpp.test(path)) report(path, line, `${name} is not for this file: ${target}`);
      }
    }
  }
  // The headers that do show a library are inner ones: only sources of their own room see them.
  const inner = LIBRARIES.flatMap((library) => library.inner);
  for (const path of tree.paths(/^(?:src|plugin)\/.*\.(?:h|cpp)$/u)) {
    for (const { line, target } of includesOf(tree, path)) {
      const secret = inner.find((one) => one === `src/${target}`);
      if (secret === undefined) continue;
      if (path.endsWith('.h') || folderOf(path) !== folderOf(secret)) report(path, line, `${target} shows a library; only sources of its own room include it`);
    }
  }
}

export const rules = {
  'arrows-src': arrowsOfSrc,
  'arrows-links': arrowsOfLinks,
  'arrows-parts': arrowsOfParts,
  'arrows-plugin': arrowsOfPlugin,
  'libraries': librariesAreContained,
};

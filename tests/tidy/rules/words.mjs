// Words that have no place in src/ and plugin/, each for a reason that was paid for once.

const OURS = /^(?:src|plugin)\/.*\.(?:h|cpp)$/u;
const CORE = /^src\/(?!adapters\/)/u;
const OUTSIDE_ADAPTERS = /^(?:src\/(?!adapters\/)|plugin\/)/u;

// `where`: the files it is forbidden in; OURS when it says nothing.
const WORDS = [
  { word: /\bData::Transaction\b/u, why: 'its destructor hides what became of the commit; use store::Database::write' },
  { word: /\bSessionPool\b/u, why: 'it hands out sessions in the middle of a transaction; use store::Sessions' },
  { word: /[.>]reconnect\s*\(/u, why: 'it forgets an open transaction; throw the session away' },
  { word: /\bSSLManager\b|\binitializeSSL\b/u, why: 'it is shared with the host; use a context of our own' },
  { word: /\bThreadPool::defaultPool\b/u, why: 'it is shared with the host' },
  { word: /\bLogger::(?:root|get|create|unsafeGet)\b/u, why: 'the registry of loggers is shared with the host; use the port Log' },
  { word: /\brandom_device\b|\bstd::rand\b|\bsrand\s*\(|\bmt19937/u, why: 'randomness comes through the port Random' },
  { word: /\btime\s*\(\s*(?:nullptr|NULL|0|&)/u, why: 'time comes through the port Clock' },
  { word: /\b(?:system_clock|steady_clock|high_resolution_clock)::now\b|\bclock_gettime\b|\bgettimeofday\b/u, why: 'time comes through the port Clock', where: OUTSIDE_ADAPTERS },
  { word: /\bPoco::(?:Timestamp|DateTime|LocalDateTime)\b/u, why: 'time comes through the port Clock', where: CORE },
  { word: /\bstd::(?:thread|jthread|async)\b|\bpthread_create\b/u, why: 'the core has no threads of its own', where: CORE },
  { word: /\bsleep_(?:for|until)\b|\b(?:u|nano)sleep\s*\(|\bThread::sleep\b/u, why: 'wait for the event, with a deadline' },
  { word: /\bstd::(?:abort|exit|_Exit|quick_exit|terminate|atexit)\s*\(|(?<![\w>])::(?:abort|exit|_exit|quick_exit)\s*\(|(?<![\w.>:~])(?:(?<!void )abort|exit|_exit|_Exit|quick_exit|atexit)\s*\(/u, why: 'a plugin never ends its host', except: ownAbort },
  { word: /\bassert\s*\(/u, why: 'a plugin never ends its host; use BF_ASSERT, which throws' },
  { word: /\b(?:std::)?setlocale\s*\(|\blocale::global\b/u, why: 'the locale belongs to the host' },
  { word: /(?:^|[^\w.>:])(?:std::|::)?(?:signal|sigaction|sigprocmask|pthread_sigmask)\s*\(/u, why: 'signals belong to the host', where: OUTSIDE_ADAPTERS },
  { word: /\b(?:setenv|putenv|unsetenv|chdir|umask|setrlimit)\s*\(/u, why: 'it belongs to the whole process' },
  { word: /\b(?:std::)?(?:cout|cerr|clog)\b|\b(?:printf|puts|perror)\s*\(/u, why: 'the plugin speaks through the port Log' },
  { word: /\b(?:v?sprintf|strcpy|strcat|gets|strtok|alloca)\s*\(/u, why: 'it has no bound' },
];

// AddressResolver ends its look-ups with a method of its own that has the same name.
function ownAbort(path, line) {
  return path === 'src/adapters/AddressResolver.cpp' && /^\s*abort\(\);$/u.test(line);
}

function forbiddenWords(tree, report) {
  for (const path of tree.paths(OURS)) {
    tree.bareLines(path).forEach((line, index) => {
      for (const { word, why, where, except } of WORDS) {
        if (where !== undefined && !where.test(path)) continue;
        const match = word.exec(line);
        if (match && !(except?.(path, line) ?? false)) report(path, index + 1, `${match[0].trim()} is forbidden: ${why}`);
      }
    });
  }
}

// A transaction begins and ends in one class; the dialect knows how each engine says "begin".
const CONTROL = /["(\s](?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|END TRANSACTION|START TRANSACTION)\b/iu;
const CONTROL_WORD = /"\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|END TRANSACTION|START TRANSACTION)\b/u;
const MAY_CONTROL = { 'src/store/UnitOfWork.cpp': CONTROL, 'src/store/Dialect.cpp': /"BEGIN (?:IMMEDIATE|DEFERRED|ISOLATION)/u };

function transactionsInOnePlace(tree, report) {
  for (const path of tree.paths(OURS)) {
    tree.codeLines(path).forEach((line, index) => {
      const match = CONTROL_WORD.exec(line);
      if (match && !(MAY_CONTROL[path]?.test(line) ?? false)) report(path, index + 1, `${match[0].slice(1)}: a transaction begins and ends in UnitOfWork only`);
    });
    if (path === 'src/store/UnitOfWork.cpp' || path === 'src/store/UnitOfWork.h') continue;
    tree.bareLines(path).forEach((line, index) => {
      const call = /(?:\.|->)(?:control|commit|rollback|begin)\s*\(\s*(?:"|[a-z]*(?:Write|Read)\b|\))/u.exec(line);
      if (call && !/(?:\.|->)begin\s*\(\s*\)/u.test(call[0])) report(path, index + 1, `${call[0].trim()}: a transaction begins and ends in UnitOfWork only`);
    });
  }
}

// Money is exact. So are the rooms through which it passes, whole.
const EXACT = /^(?:host-sdk\/include|src\/(?:money|sync|delivery|store|accounts|base|link))\/.*\.(?:h|c|cpp)$/u;
const INEXACT = /\b(?:float|double|long\s+double|strtod|strtof|stod|stof|atof|llround|lround)\b/u;

function noFloatingPoint(tree, report) {
  for (const path of tree.paths(EXACT)) {
    tree.bareLines(path).forEach((line, index) => {
      const match = INEXACT.exec(line);
      if (match) report(path, index + 1, `${match[0]}: money is exact, and so is all that it passes through`);
      const literal = /(?<![\w.'"])\d+\.\d+(?![\w.'"])/u.exec(line);
      if (literal && !/^\s*#/u.test(line)) report(path, index + 1, `${literal[0]} is a number with floating point`);
    });
  }
}

// The rooms beside plaid speak our own words, so that another provider is another room. `PROVIDER_ROOMS`
// know the provider's name or address by their task.
const PROVIDER_WORD = /\b(?:plaid|item_id|public_token|link_token|transactions_sync|NEW_ACCOUNTS_AVAILABLE|SYNC_UPDATES_AVAILABLE|ITEM_LOGIN_REQUIRED)\b/iu;
const PROVIDER_PLACES = [
  /^src\/plaid\//u,
  /^src\/adapters\/ProviderAddress\.cpp$/u, // which hosts may be called
  /^src\/engine\/Core\.h$/u, // the provider's key in the database
  /^src\/console\/RequestReader\.cpp$/u, // the reader for hostile JSON lives in plaid
];

function providerStaysInItsRoom(tree, report) {
  for (const path of tree.paths(/^src\/.*\.(?:h|cpp)$/u)) {
    if (PROVIDER_PLACES.some((place) => place.test(path))) continue;
    tree.codeLines(path).forEach((line, index) => {
      const match = PROVIDER_WORD.exec(line);
      if (match) report(path, index + 1, `${match[0]} is the provider's word; only src/plaid knows it`);
    });
  }
}

export const rules = {
  'words': forbiddenWords,
  'transactions': transactionsInOnePlace,
  'floating-point': noFloatingPoint,
  'provider': providerStaysInItsRoom,
};

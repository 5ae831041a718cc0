// Each rule is given a small tree that breaks it, and one that does not.
//
// Usage: node --test tests/tidy/tidy.test.mjs

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withoutComments, withoutLiterals } from './cpp-text.mjs';
import { problemsOf, rules } from './rules/index.mjs';
import { Tree } from './tree.mjs';

/** "path:line" of what a rule says about the files. */
const said = (rule, files) => problemsOf(new Tree(files), [rule]).map(({ path, line }) => `${path}:${line}`);
const tried = new Set();

/** `bad` files must be reported at `where`; `good` files must not be. */
function rule(name, { bad, where, good }) {
  tried.add(name);
  test(`${name}: ${where.join(' ')}`, () => {
    assert.deepEqual(said(name, bad), where);
    if (good) assert.deepEqual(said(name, good), []);
  });
}

rule('arrows-src', {
  bad: {
    'src/money/Amount.h': '#include "store/Unit.h"\n',
    'src/store/Unit.h': '#include <bankfeed/abi.h>\n',
    'src/sync/Loop.cpp': '// words\n#include "delivery/Relay.h"\n#include "Loop.h"\n',
    'src/delivery/Relay.h': '#include "engine/Engine.h"\n',
    'src/engine/Engine.h': '#include "plaid/JsonReader.h"\n',
    'src/plaid/JsonReader.h': '#include "adapters/SystemClock.h"\n',
    'src/plaid/PlaidClient.h': '\n',
    'src/adapters/SystemClock.h': '#include "store/Unit.h"\n',
    'src/console/Router.cpp': '#include "plaid/PlaidClient.h"\n',
    'src/helpers/Box.h': '\n',
  },
  where: [
    'src/adapters/SystemClock.h:1', 'src/console/Router.cpp:1', 'src/delivery/Relay.h:1', 'src/engine/Engine.h:1',
    'src/helpers/Box.h:1', 'src/money/Amount.h:1', 'src/plaid/JsonReader.h:1', 'src/store/Unit.h:1', 'src/sync/Loop.cpp:2',
    'src/sync/Loop.cpp:3',
  ],
  good: {
    'src/base/Clock.h': '#include <cstdint>\n',
    'src/store/Unit.h': '#include "base/Clock.h"\n',
    'src/sync/Loop.cpp': '#include "store/Unit.h"\n// #include "delivery/Relay.h"\n/*\n#include "delivery/Relay.h"\n*/\n',
    'src/plaid/JsonReader.h': '#include "base/Clock.h"\n',
    'src/console/RequestReader.cpp': '#include "plaid/JsonReader.h"\n',
  },
});

rule('arrows-links', {
  bad: { 'src/engine/CMakeLists.txt': 'target_link_libraries(bankfeed_engine PUBLIC bankfeed_sync\n    bankfeed_plaid)\n' },
  where: ['src/engine/CMakeLists.txt:2'],
  good: { 'src/console/CMakeLists.txt': 'target_link_libraries(bankfeed_console PUBLIC bankfeed_link PRIVATE bankfeed_plaid bankfeed_options)\n' },
});

rule('arrows-parts', {
  bad: {
    'src/base/Result.h': '',
    'host-sdk/include/bankfeed/abi.h': '',
    'host-sdk/loader/open.c': '#include "base/Result.h"\n',
    'examples/ledgerd/main.cpp': '#include "base/Result.h"\n',
    'examples/ledgerd/CMakeLists.txt': 'target_link_libraries(ledgerd\n    PRIVATE bankfeed_store)\n',
    'examples/plaid-simulator/src/Main.cpp': '#include <bankfeed/abi.h>\n',
  },
  where: ['examples/ledgerd/CMakeLists.txt:2', 'examples/ledgerd/main.cpp:1', 'examples/plaid-simulator/src/Main.cpp:1', 'host-sdk/loader/open.c:1'],
  good: {
    'host-sdk/include/bankfeed/abi.h': '',
    'host-sdk/loader/words.h': '',
    'host-sdk/loader/open.c': '#include "words.h"\n#include "bankfeed/abi.h"\n',
    'examples/ledgerd/base/Result.h': '',
    'examples/ledgerd/main.cpp': '#include "base/Result.h"\n#include "bankfeed/abi.h"\n',
    'examples/ledgerd/CMakeLists.txt': 'target_link_libraries(ledgerd PRIVATE bankfeed_options bankfeed::host)\n',
  },
});

rule('arrows-plugin', {
  bad: {
    'plugin/Runtime.cpp': '#include "support/ManualClock.h"\n#include "bankfeed/loader.h"\n',
    'tests/support/ManualClock.h': '', 'host-sdk/include/bankfeed/loader.h': '',
  },
  where: ['plugin/Runtime.cpp:1', 'plugin/Runtime.cpp:2'],
  good: { 'plugin/Runtime.cpp': '#include "Version.h"\n#include "base/Clock.h"\n', 'plugin/Version.h.in': '', 'src/base/Clock.h': '' },
});

rule('libraries', {
  bad: {
    'src/sync/Loop.cpp': '#include <Poco/Timestamp.h>\n',
    'src/adapters/Transport.h': '#include <Poco/Net/Context.h>\n',
    'src/store/Unit.cpp': '#include <sqlite3.h>\n',
    'src/store/Other.cpp': '#include "store/DatabaseStatement.h"\n',
    'src/store/DatabaseStatement.h': '#include <Poco/Data/Statement.h>\n',
    'src/sync/Two.cpp': '#include "store/DatabaseStatement.h"\n',
    'plugin/Runtime.h': '#include <openssl/evp.h>\n',
    'plugin/Json.cpp': '#include <simdjson.h>\n',
  },
  where: ['plugin/Json.cpp:1', 'plugin/Runtime.h:1', 'src/adapters/Transport.h:1', 'src/store/Unit.cpp:1', 'src/sync/Loop.cpp:1', 'src/sync/Two.cpp:1'],
  good: { 'src/adapters/Transport.cpp': '#include <Poco/Net/Context.h>\n#include <openssl/ssl.h>\n' },
});

rule('words', {
  bad: {
    'src/store/A.cpp': [
      'Poco::Data::Transaction t(session);', 'Poco::Data::SessionPool pool;', 'session.reconnect();', 'auto r = std::random_device{}();',
      'auto t = time(nullptr);', 'auto n = std::chrono::system_clock::now();', 'std::thread worker;', 'std::abort();', 'if (bad) exit(1);',
      '::_exit(2);', 'setlocale(LC_ALL, "");', 'signal(SIGPIPE, SIG_IGN);', 'std::cout << 1;', 'Poco::ThreadPool::defaultPool();', '',
    ].join('\n'),
    'plugin/B.cpp': 'Poco::Net::SSLManager::instance();\nPoco::Net::initializeSSL();\nPoco::Logger::root();\nPoco::Logger::get("x");\nassert(x);\n',
  },
  where: [...[1, 2, 3, 4, 5].map((line) => `plugin/B.cpp:${line}`), ...Array.from({ length: 14 }, (_, line) => `src/store/A.cpp:${line + 1}`)],
  good: {
    'src/base/Port.h': 'virtual void abort() = 0;\n// std::abort() is never called, nor exit(1)\n',
    'src/adapters/X.cpp': 'void X::abort()\n{\n    watch_.abort();\n    std::thread t;\n    std::chrono::system_clock::now();\n}\n',
    'plugin/Workers.cpp': 'threads_.emplace_back(std::thread{});\nlog("exit(1) and std::abort()");\nvoid onExit(int);\n',
    'tests/x.cpp': 'std::abort();\n',
  },
});

rule('transactions', {
  bad: { 'src/sync/A.cpp': 'unit.execute("COMMIT");\nsession.execute("  BEGIN IMMEDIATE");\nsession.commit();\n', 'src/store/Dialect.cpp': 'return "ROLLBACK";\n' },
  where: ['src/store/Dialect.cpp:1', 'src/sync/A.cpp:1', 'src/sync/A.cpp:2', 'src/sync/A.cpp:3'],
  good: {
    'src/store/UnitOfWork.cpp': 'session_.control("COMMIT");\n',
    'src/store/Dialect.cpp': 'return "BEGIN IMMEDIATE";\n',
    'src/sync/A.cpp': '// a COMMIT\nfor (auto i = rows.begin(); i != rows.end(); ++i)\n    text = "begins here";\n',
  },
});

rule('floating-point', {
  bad: {
    'src/money/A.cpp': 'double x = y;\nauto z = 1.5;\n', 'host-sdk/include/bankfeed/a.h': 'float x;\n', 'src/sync/B.h': 'long double x();\n',
    'src/delivery/C.cpp': 'std::stod(text);\n', 'src/store/D.cpp': 'sqlite3_column_double(s, 1); double d;\n',
  },
  where: ['host-sdk/include/bankfeed/a.h:1', 'src/delivery/C.cpp:1', 'src/money/A.cpp:1', 'src/money/A.cpp:2', 'src/store/D.cpp:1', 'src/sync/B.h:1'],
  good: { 'src/money/A.cpp': '// no double\nauto text = "1.5 float";\nauto n = 86\'400;\n', 'src/engine/E.cpp': 'double share;\n' },
});

rule('provider', {
  bad: { 'src/sync/A.cpp': 'auto x = reader.text("item_id");\n', 'src/accounts/B.h': '#include "plaid/PlaidClient.h"\n' },
  where: ['src/accounts/B.h:1', 'src/sync/A.cpp:1'],
  good: { 'src/plaid/A.cpp': 'reader.text("item_id");\n', 'src/sync/A.cpp': '// Plaid calls it an item_id.\n' },
});

const mark = ['TO', 'DO'].join('');
rule('marks', {
  bad: { 'docs/a.md': `one\n${mark}: two\n`, 'src/a.cpp': `// ${['X', 'XX'].join('')} later\n` },
  where: ['docs/a.md:2', 'src/a.cpp:1'],
  good: { 'src/a.cpp': '// of the currencies, XXX means none: mkdtemp("/tmp/aXXXXXX")\n' },
});

const machine = (name) => ['', name, 'x'].join('/');
rule('machine-paths', {
  bad: { 'a.md': `see ${machine('root')}\n`, 'tests/run': `cd ${machine('work')}\n`, 'b.mjs': `'${['..', 'shared', 'x'].join('/')}'\n`, 'c.txt': `${machine('home')}/y\n` },
  where: ['a.md:1', 'b.mjs:1', 'c.txt:1', 'tests/run:1'],
  good: { 'a.md': 'src/work/x and $root/root/x and framework/x\n' },
});

rule('lock-files', {
  bad: {
    'a/package-lock.json': '{\n"resolved": "https://registry.example/x.tgz"\n}\n',
    'b/package-lock.json': '{}\n', 'b/.npmrc': 'registry=https://registry.example/\n',
  },
  where: ['a/package-lock.json:1', 'a/package-lock.json:2', 'b/.npmrc:1', 'b/package-lock.json:1'],
  good: { 'a/package-lock.json': '{ "funding": "https://example.org" }\n', 'a/.npmrc': 'omit-lockfile-registry-resolved=true\n' },
});

rule('scripts', {
  bad: { 'tests/a.sh': '#!/bin/sh\n', 'src/a.cpp': { text: 'int x;\n', executable: true } },
  where: ['src/a.cpp:1', 'tests/a.sh:1'],
  good: { 'tests/a.sh': { text: '#!/bin/sh\n', executable: true }, 'src/a.cpp': 'int x;\n' },
});

const pause = ['sle', 'ep'].join('');
rule('sleeps', {
  bad: {
    'tests/unit/a/A.cpp': `std::this_thread::${pause}_for(1s);\nu${pause}(100);\nPoco::Thread::${pause}(1);\n`,
    'tests/journey/a.sh': `while true; do ${pause} 1; done\n`,
    'tests/journey/a.py': `time.${pause}(1)\n`,
    'examples/demo/a.mjs': 'await new Promise((resolve) => setTimeout(resolve, 100));\nawait page.waitForTimeout(5);\n',
  },
  where: [
    'examples/demo/a.mjs:1', 'examples/demo/a.mjs:2', 'tests/journey/a.py:1', 'tests/journey/a.sh:1', 'tests/unit/a/A.cpp:1', 'tests/unit/a/A.cpp:2',
    'tests/unit/a/A.cpp:3',
  ],
  good: {
    'tests/unit/a/B.cpp': `while (now() < deadline)\n{\n    if (look()) return;\n    std::this_thread::${pause}_for(1ms);\n}\n`,
    'tests/unit/a/A.cpp': `// no ${pause}_for\nchanged.wait_until(lock, deadline);\n`,
    'examples/demo/a.mjs': 'const timer = setTimeout(() => reject(new Error("late")), 1000);\n',
    'tests/a.txt': `how to ${pause} 8 hours\n`,
  },
});

rule('sizes', {
  bad: { 'src/a/A.h': 'x\n'.repeat(251), 'src/a/A.cpp': 'x\n'.repeat(801), 'tests/run': 'x\n'.repeat(900) },
  where: ['src/a/A.cpp:800', 'src/a/A.h:250', 'tests/run:800'],
  good: { 'src/a/A.h': 'x\n'.repeat(250), 'src/a/A.cpp': 'x\n'.repeat(800), 'x/package-lock.json': '\n'.repeat(2000) },
});

rule('line-ends', {
  bad: { 'a.md': 'one \ntwo', 'b.cpp': 'x;\r\n', 'c.ts': 'a\u202eb\n' },
  where: ['a.md:1', 'a.md:2', 'b.cpp:1', 'c.ts:1'],
  good: { 'a.md': 'one\n\ntwo …\n' },
});

rule('links', {
  bad: { 'docs/a.md': 'see [b](b.md) and [c](../c.md#part)\n' },
  where: ['docs/a.md:1', 'docs/a.md:1'],
  good: { 'docs/a.md': 'see [b](b.md#part), [top](..), [web](https://example.org), `[x](y)`\n', 'docs/b.md': '' , 'x': '' },
});

test('links: a text may lead to a picture', () => {
  const files = { 'README.md': '![The review](docs/review.png)\n' };
  assert.equal(problemsOf(new Tree(files), ['links']).length, 1);
  assert.deepEqual(problemsOf(new Tree(files, ['docs/review.png']), ['links']), []);
});

rule('named-files', {
  bad: { 'docs/a.md': '`src/sync/Gone` and `plugin/gone.cpp`\n', 'src/sync/Here.h': '' },
  where: ['docs/a.md:1', 'docs/a.md:1'],
  good: { 'docs/a.md': '`src/sync/Here`, `src/sync/Here.h`, `src/sync`, `src/sync/`, `src/*.h`\n', 'src/sync/Here.h': '' },
});

rule('compiled', {
  bad: { 'src/a/CMakeLists.txt': 'add_library(a A.cpp) # B.cpp\n', 'src/a/A.cpp': '', 'src/a/B.cpp': '' },
  where: ['src/a/B.cpp:1'],
  good: {
    'src/a/CMakeLists.txt': 'add_library(a A.cpp parts/C.cpp)\n', 'src/a/A.cpp': '', 'src/a/parts/C.cpp': '',
    'tests/b/CMakeLists.txt': 'file(GLOB all CONFIGURE_DEPENDS *.cpp in/*.c)\nadd_executable(b ${CMAKE_SOURCE_DIR}/tests/support/E.cpp)\n',
    'tests/b/D.cpp': '', 'tests/b/in/F.c': '', 'tests/support/E.cpp': '',
  },
});

rule('readme', {
  bad: { 'src/sync/A.cpp': '', 'plugin/A.cpp': '' },
  where: ['plugin/README.md:1', 'src/sync/README.md:1'],
  good: { 'src/sync/A.cpp': '', 'src/sync/README.md': '' },
});

rule('suites', {
  bad: { 'tests/unit/a/ATest.cpp': '', 'tests/unit/b/BTest.cpp': '', 'tests/unit/b/CMakeLists.txt': '# add_test(NAME b)\n' },
  where: ['tests/unit/a/CMakeLists.txt:1', 'tests/unit/b/CMakeLists.txt:1'],
  good: { 'tests/unit/b/BTest.cpp': '', 'tests/unit/b/CMakeLists.txt': 'add_test(NAME b COMMAND b)\n' },
});

const suite = (body, end) => `class A : public TestFixture\n{\n    CPPUNIT_TEST_SUITE(A);\n    CPPUNIT_TEST(one);\n    CPPUNIT_TEST_SUITE_END();\n${body}};\n${end}\n`;
rule('tests-run', {
  bad: {
    'tests/unit/a/ATest.cpp': suite('    void one()\n    {\n    }\n    void two()\n    {\n    }\n', 'CPPUNIT_TEST_SUITE_REGISTRATION(A);'),
    'tests/unit/a/BTest.cpp': suite('    void one() {\n    }\n', ''),
  },
  where: ['tests/unit/a/ATest.cpp:9', 'tests/unit/a/BTest.cpp:1', 'tests/unit/a/BTest.cpp:1'],
  good: { 'tests/unit/a/ATest.cpp': suite('    void setUp()\n    {\n        more();\n    }\n    void one()\n    {\n    }\n    void more()\n    {\n    }\n', 'CPPUNIT_TEST_SUITE_REGISTRATION(A);') },
});

rule('own-header', {
  bad: { 'src/a/A.h': '', 'src/a/A.cpp': '#include <string>\n#include "a/A.h"\n' },
  where: ['src/a/A.cpp:1'],
  good: { 'src/a/A.h': '', 'src/a/A.cpp': '// words\n#include "a/A.h"\n#include <string>\n', 'src/a/B.cpp': '#include <string>\n' },
});

rule('headers', {
  bad: { 'src/a/A.h': 'int a();\n', 'src/a/B.h': '#pragma once\nusing namespace std;\n' },
  where: ['src/a/A.h:1', 'src/a/B.h:2'],
  good: { 'src/a/A.h': '#pragma once\n', 'host-sdk/include/b.h': '#ifndef B_H\n#define B_H\n#endif\n' },
});

rule('names', {
  bad: { 'src/a/StringUtils.h': '', 'plugin/PluginManager.cpp': '' },
  where: ['plugin/PluginManager.cpp:1', 'src/a/StringUtils.h:1'],
  good: { 'src/a/Utilisation.h': '', 'src/a/Commonplace.h': '' },
});

test('every rule is tried', () => {
  assert.deepEqual(Object.keys(rules).filter((name) => !tried.has(name)), []);
});

test('comments and texts are taken out, and lines stay', () => {
  const source = 'a; // "b"\nc("// no comment"); /* d\ne */ f(\'"\'); g = R"x(h\n")x"; i = 1\'000; j("\\"k");\n#include "l/m.h"\n';
  assert.equal(withoutComments(source).split('\n').length, source.split('\n').length);
  assert.match(withoutComments(source), /c\("\/\/ no comment"\);/u);
  assert.doesNotMatch(withoutComments(source), /"b"|e \*/u);
  const bare = withoutLiterals(source);
  assert.doesNotMatch(bare, /no comment|h\n|k/u);
  for (const kept of ['a;', 'f(', 'g =', "i = 1'000;", 'j(', '"l/m.h"']) assert.ok(bare.includes(kept), kept);
  assert.equal(bare.length, source.length);
});

// What a rule forbids and this repository allows, each with its reason. An entry that is no longer needed is an error.

export const allowed = [
  {
    rule: 'sleeps', path: 'examples/demo/books.mjs',
    why: 'the pace at which a condition is looked at again, until its deadline',
  },
  {
    rule: 'sleeps', path: 'tests/unit/ledgerd/TestHouse.h',
    why: 'the pace at which a condition is looked at again, until its deadline',
  },
  {
    rule: 'sleeps', path: 'tests/unit/ledgerd/HttpTest.cpp',
    why: 'a client that sends one byte now and then is what the test is about',
  },
  {
    rule: 'machine-paths', path: 'tests/fresh-machine',
    why: 'the home of root inside the machine that the script makes',
  },
  {
    rule: 'sizes', path: 'tests/support/ScriptedBank.h',
    why: 'the script of one bank, inline, for suites that link no library of the tests',
  },
];

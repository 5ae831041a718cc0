// What a rule forbids and this repository allows, each with its reason. An entry that is no longer needed is an error.

export const allowed = [
  {
    rule: 'sleeps', path: 'examples/demo/books.mjs',
    why: 'the pace at which a condition is looked at again, until its deadline',
  },
  {
    rule: 'sleeps', path: 'tests/faults/host.test.mjs',
    why: 'the moments of death are spread over what follows an answer',
  },
  {
    rule: 'sleeps', path: 'tests/journey/webhook-deaths.mjs',
    why: 'the moments of the kills are random, from a seed: that is what the test is about',
  },
  {
    rule: 'sleeps', path: 'tests/journey/sudden-death.mjs',
    why: 'the moments of the kills are random, from a seed: that is what the test is about',
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

// src/types.ts and what src/api.ts says it gets and sends, against the schemas of docs/console-openapi.json.
//
// The schemas are turned into types by the few lines below and not by a generator: the usual one, openapi-typescript, brings 32
// packages and 20 MB to everybody who builds the console, and the document speaks few of the words that it knows.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import ts from 'typescript';

const folder = process.env['CONSOLE_FOLDER'] ?? process.cwd();
const document = JSON.parse(readFileSync(join(folder, '../../docs/console-openapi.json'), 'utf8'));
const made = mkdtempSync(join(tmpdir(), 'bankfeed-types-'));
after(() => rmSync(made, { recursive: true, force: true }));

/** By the function of src/api.ts that asks: the operation, by its id. The answer of a POST that nobody looks into is not in it. */
const ANSWERS = {
  session: 'session', overview: 'overview', connection: 'connection', review: 'review', progress: 'progress', linkSession: 'linkSession',
  heldAccounts: 'heldAccounts', held: 'held', heldEntries: 'heldEntries', activity: 'activity', activityChoices: 'activityChoices', checkActivity: 'checkActivity',
  changes: 'bankChanges', imports: 'imports', importOf: 'import', protectedRows: 'protectedRows', tenant: 'tenant', health: 'health',
  healthAccounts: 'healthAccounts', diagnostics: 'diagnostics', syncNow: 'syncNow', checkBalances: 'checkBalances', applyReview: 'applyReview',
  changeStart: 'changeStart', beginLink: 'beginLink', addToExisting: 'addToExisting',
};

/** What is sent: a type of src/types.ts, and the schema that has to take it. */
const SENT = { Decision: 'Decision', Purpose: "LinkWish['purpose']", HeldChoice: "HeldDecision['choice']" };

const objectOf = (schema) => {
  if (schema.properties === undefined) return `Record<string, ${typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties) : 'unknown'}>`;
  const fields = Object.entries(schema.properties).map(([name, one]) => `${JSON.stringify(name)}${schema.required?.includes(name) ? '' : '?'}: ${typeOf(one)};`);
  return `{ ${fields.join(' ')} }`;
};

/** A schema as a type of TypeScript; of the client, which reads an int64 as text. */
function typeOf(schema) {
  if (schema.$ref !== undefined) return schema.$ref.split('/').pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case 'object': return objectOf(schema);
    case 'array': return `(${typeOf(schema.items)})[]`;
    case 'integer': return schema.format === 'int64' ? 'string' : 'number';
    case 'string':
    case 'boolean':
    case 'null': return schema.type;
    default: throw new Error(`a schema that has no type yet: ${JSON.stringify(schema)}`);
  }
}

function answerOf(operation) {
  const found = Object.values(document.paths).flatMap(Object.values).find((one) => one.operationId === operation);
  assert.ok(found !== undefined, `no operation ${operation}`);
  return typeOf((found.responses[200] ?? found.responses[202]).content['application/json'].schema);
}

/** A program in which a value that the document allows is read as ours, and ours as one that it allows, whatever codes may come. */
function program(schemas, answers, sent) {
  return `
import type * as Api from '${join(folder, 'src/api')}';
import type * as Ours from '${join(folder, 'src/types')}';
type Loose<T> = unknown extends T ? T : T extends string ? string : T extends number | boolean | null | undefined ? T : T extends (infer E)[] ? Loose<E>[] : { [K in keyof T]: Loose<T[K]> };
type Answer<F extends (...given: never[]) => Promise<unknown>> = Awaited<ReturnType<F>>;
${Object.entries(schemas).map(([name, schema]) => `type ${name} = ${typeOf(schema)};`).join('\n')}
${Object.entries(answers).map(([ours, theirs]) => `
export const read_${ours} = (theirs: ${theirs}): Answer<typeof Api.${ours}> => theirs;
export const known_${ours} = (ours: Answer<typeof Api.${ours}>): Loose<${theirs}> => ours;`).join('')}
${Object.entries(sent).map(([ours, theirs]) => `export const sent_${ours} = (ours: Ours.${ours}): ${theirs} => ours;`).join('\n')}
`;
}

/** What the compiler has against a program. */
function complaints(text) {
  const file = join(made, 'agree.ts');
  writeFileSync(file, text);
  const options = {
    strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  return ts.getPreEmitDiagnostics(ts.createProgram([file], options)).map((one) => {
    const { line } = one.file.getLineAndCharacterOfPosition(one.start);
    return `${text.split('\n')[line].slice(0, 60)}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`;
  });
}

const answers = Object.fromEntries(Object.entries(ANSWERS).map(([ours, operation]) => [ours, answerOf(operation)]));

test('the client knows every field and every code of an answer, and sends what the API takes', () => {
  assert.deepEqual(complaints(program(document.components.schemas, answers, SENT)), []);
});

test('a field or a code that only one of the two knows is found', () => {
  const { Money, ...others } = document.components.schemas;
  const without = { ...others, Money: { ...Money, properties: { ...Money.properties, currency: undefined } } };
  delete without.Money.properties.currency;
  const renamed = JSON.parse(JSON.stringify(document.components.schemas).replaceAll('"expiring"', '"expired"'));
  for (const schemas of [without, renamed]) {
    assert.notEqual(complaints(program(schemas, { connection: answers.connection }, {})).length, 0);
  }
});

// Holds the canned world's API to docs/console-openapi.json: whoever looks at the pictures sees what the plugin could answer.

// ajv: the usual validator of JSON Schema, and the one of the contract tests; it knows the draft that OpenAPI 3.1 speaks.
import Ajv from 'ajv/dist/2020.js';

const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  date: /^\d{4}-\d\d-\d\d$/,
  int64: { type: 'number', validate: Number.isInteger },
};

/** A field that no schema names would be one that only the canned world has. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return schema.type === 'object' && schema.properties !== undefined && schema.additionalProperties === undefined
    ? { ...made, additionalProperties: false } : made;
}

const escaped = (part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

export class Contract {
  /** Of the parsed document. */
  constructor(document) {
    this.paths = document.paths;
    this.ajv = new Ajv({ strict: false, allErrors: true, formats: FORMATS });
    this.ajv.addSchema(closed(document), 'api');
  }

  /** The path of the document that `path` ("connections/con_1/review") is one of. */
  pathOf(path) {
    const parts = path.split('/');
    const fits = (one) => {
      const own = one.split('/').slice(2);
      return own.length === parts.length && own.every((part, at) => part === parts[at] || part.startsWith('{'));
    };
    const found = Object.keys(this.paths).filter(fits);
    return found.find((one) => !one.includes('{')) ?? found[0];
  }

  faultsAt(way, value) {
    const check = this.ajv.getSchema(`api#/${way.map(escaped).join('/')}`);
    if (check === undefined) return [`nothing is said at ${way.join(' ')}`];
    if (check(value)) return [];
    // What is wrong with every row of a list is said once.
    return [...new Set(check.errors.map((one) => `${one.instancePath.replace(/\/\d+/g, '/*')} ${one.message} ${JSON.stringify(one.params)}`))];
  }

  /** What of an exchange is not as the document says; `sent` is the body of a POST. */
  faults(method, path, sent, status, answered) {
    const known = this.pathOf(path);
    const of = this.paths[known]?.[method.toLowerCase()];
    if (of === undefined) return status === 404 ? [] : [`${method} ${path} is no operation of the API`];
    const way = ['paths', known, method.toLowerCase()];
    const body = of.requestBody === undefined || status >= 400 ? [] : this.faultsAt([...way, 'requestBody', 'content', 'application/json', 'schema'], sent);
    const answer = of.responses[status] === undefined
      ? this.faultsAt(['components', 'responses', 'refused', 'content', 'application/json', 'schema'], answered)
      : this.faultsAt([...way, 'responses', String(status), 'content', 'application/json', 'schema'], answered);
    return [...body.map((one) => `asked with ${one}`), ...answer].map((one) => `${method} ${path}: ${status}: ${one}`);
  }
}

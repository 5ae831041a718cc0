// What Plaid's own declarations say about requests, answers and webhooks, as JSON schemas.
//
// The schemas are made from the type declarations of Plaid's official Node client when the test
// runs, so nothing of them is kept here. They are strict: a field that the declarations do not know
// is an error, in requests and in answers alike. Where PLAID_OPENAPI names an OpenAPI document of
// Plaid's API, everything is checked against that too.
//
//   const schemas = await loadSchemas();
//   schemas.answerProblems('/item/get', 200, body)   // [] when good, else sentences
//   schemas.requestProblems('/item/get', body)
//   schemas.webhookProblems(body)
//   schemas.logProblems(entries)                     // of GET /_sim/requests?responses=1

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const here = dirname(fileURLToPath(import.meta.url));
const declarations = join(
    dirname(createRequire(import.meta.url).resolve('plaid/package.json')), 'dist/api.d.ts');

// The names are those of the official client; Plaid's document uses the same ones.
const endpoints = {
    '/link/token/create': 'LinkTokenCreate',
    '/link/token/get': 'LinkTokenGet',
    '/item/public_token/exchange': 'ItemPublicTokenExchange',
    '/item/get': 'ItemGet',
    '/item/remove': 'ItemRemove',
    '/item/webhook/update': 'ItemWebhookUpdate',
    '/accounts/get': 'AccountsGet',
    '/accounts/balance/get': 'AccountsBalanceGet',
    '/webhook_verification_key/get': 'WebhookVerificationKeyGet',
    '/transactions/sync': 'TransactionsSync',
    '/transactions/refresh': 'TransactionsRefresh',
    '/sandbox/public_token/create': 'SandboxPublicTokenCreate',
    '/sandbox/item/fire_webhook': 'SandboxItemFireWebhook',
    '/sandbox/item/reset_login': 'SandboxItemResetLogin',
    '/sandbox/transactions/create': 'SandboxTransactionsCreate',
    '/institutions/get_by_id': 'InstitutionsGetById',
    '/institutions/search': 'InstitutionsSearch',
};

const webhooks = {
    'ITEM/NEW_ACCOUNTS_AVAILABLE': 'NewAccountsAvailableWebhook',
    'ITEM/ERROR': 'ItemErrorWebhook',
    'ITEM/LOGIN_REPAIRED': 'ItemLoginRepairedWebhook',
    'ITEM/PENDING_DISCONNECT': 'PendingDisconnectWebhook',
    'ITEM/PENDING_EXPIRATION': 'PendingExpirationWebhook',
    'ITEM/USER_PERMISSION_REVOKED': 'UserPermissionRevokedWebhook',
    'ITEM/USER_ACCOUNT_REVOKED': 'UserAccountRevokedWebhook',
    'ITEM/WEBHOOK_UPDATE_ACKNOWLEDGED': 'WebhookUpdateAcknowledgedWebhook',
    'TRANSACTIONS/SYNC_UPDATES_AVAILABLE': 'SyncUpdatesAvailableWebhook',
    'TRANSACTIONS/INITIAL_UPDATE': 'InitialUpdateWebhook',
    'TRANSACTIONS/HISTORICAL_UPDATE': 'HistoricalUpdateWebhook',
    'TRANSACTIONS/DEFAULT_UPDATE': 'DefaultUpdateWebhook',
    'TRANSACTIONS/TRANSACTIONS_REMOVED': 'TransactionsRemovedWebhook',
    'TRANSACTIONS/RECURRING_TRANSACTIONS_UPDATE': 'RecurringTransactionsUpdateWebhook',
    'LINK/SESSION_FINISHED': 'LinkSessionFinishedWebhook',
    'LINK/ITEM_ADD_RESULT': 'ItemAddResultWebhook',
    'LINK/EVENTS': 'LinkEventsWebhook',
};

const errorType = 'PlaidError';

// Both endpoints answer with the same type.
const responseName = (name) =>
    (name === 'AccountsBalanceGet' ? 'AccountsGetResponse' : `${name}Response`);

function names() {
    const types = new Set([errorType, ...Object.values(webhooks)]);
    for (const name of Object.values(endpoints)) {
        types.add(`${name}Request`);
        types.add(responseName(name));
    }
    return [...types];
}

// Calls `visit` with every object inside a JSON value, innermost first.
function everyObject(value, visit) {
    if (value === null || typeof value !== 'object') return;
    for (const entry of Object.values(value)) everyObject(entry, visit);
    if (!Array.isArray(value)) visit(value);
}

function fromDeclarations() {
    const generator = createGenerator({
        path: declarations, skipTypeCheck: true, expose: 'export', jsDoc: 'none',
        additionalProperties: false, topRef: true,
    });
    const definitions = {};
    for (const name of names())
        Object.assign(definitions, generator.createSchema(name).definitions);
    everyObject(definitions, (schema) => {
        // The declarations add an index signature to most objects, which says only that Plaid may
        // add fields one day. A simulator has no such excuse.
        if (schema.properties) schema.additionalProperties = false;
    });
    return definitions;
}

// OpenAPI 3.0 to JSON schema: `nullable` beside anything means "or null".
function fromOpenApi(path) {
    const { schemas } = JSON.parse(readFileSync(path, 'utf8')).components;
    everyObject(schemas, (schema) => {
        if (typeof schema.exclusiveMinimum === 'boolean') delete schema.exclusiveMinimum;
        if (schema.nullable !== true) return;
        delete schema.nullable;
        const inner = { ...schema };
        for (const key of Object.keys(schema)) delete schema[key];
        schema.anyOf = [{ type: 'null' }, inner];
    });
    everyObject(schemas, (schema) => {
        if (typeof schema.$ref === 'string')
            schema.$ref = schema.$ref.replace('#/components/schemas/', '#/definitions/');
    });
    return schemas;
}

export function openApiPath() {
    const path = process.env.PLAID_OPENAPI;
    return path !== undefined && existsSync(path) ? path : null;
}

class Source {
    constructor(label, definitions) {
        this.label = label;
        this.definitions = definitions;
        this.compiled = new Map();
        this.ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
        this.ajv.addSchema({ $id: label, definitions });
    }

    problems(name, value) {
        if (!(name in this.definitions)) return [`${this.label} does not know ${name}`];
        if (!this.compiled.has(name))
            this.compiled.set(name, this.ajv.compile({
                $ref: `${this.label}#/definitions/${name}`,
            }));
        const validate = this.compiled.get(name);
        if (validate(value)) return [];
        return validate.errors.map((error) =>
            `${name}${error.instancePath} ${error.message} (${this.label}`
            + `${error.params?.additionalProperty ? `: ${error.params.additionalProperty}` : ''})`);
    }
}

class Schemas {
    constructor(sources) {
        this.sources = sources;
    }

    problems(name, value) {
        return this.sources.flatMap((source) => source.problems(name, value));
    }

    requestProblems(path, body) {
        if (!(path in endpoints)) return [`${path} is not an endpoint of this contract`];
        return this.problems(`${endpoints[path]}Request`, body);
    }

    answerProblems(path, status, body) {
        if (status !== 200) return this.problems(errorType, body);
        if (!(path in endpoints)) return [`${path} is not an endpoint of this contract`];
        return this.problems(responseName(endpoints[path]), body);
    }

    webhookProblems(body) {
        const pair = `${body.webhook_type}/${body.webhook_code}`;
        if (!(pair in webhooks)) return [`${pair} is not a webhook of this contract`];
        return this.problems(webhooks[pair], body);
    }

    // Every call in the simulator's request log: what the client asked, and what it was told.
    // Calls that an ordered fault struck are checked on the client's side only.
    logProblems(entries) {
        return entries.flatMap((entry) => {
            const found = this.requestProblems(entry.path, entry.request);
            if ('response' in entry && entry.fault === '')
                found.push(...this.answerProblems(entry.path, entry.status, entry.response));
            return found.map((problem) => `call ${entry.index} ${entry.path}: ${problem}`);
        });
    }
}

let loaded;

export async function loadSchemas() {
    if (!loaded) {
        const sources = [new Source('declarations', fromDeclarations())];
        const openApi = openApiPath();
        if (openApi) sources.push(new Source('openapi', fromOpenApi(openApi)));
        loaded = new Schemas(sources);
    }
    return loaded;
}

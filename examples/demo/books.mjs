// ledgerd as a browser and a program see it: login, books, and the plugin's console API.

export class Refused extends Error {
  constructor(status, body, what) {
    super(`${what} answered ${status}: ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
  }
}

/** What can never come true: `until` waits no longer. */
export class GaveUp extends Error {}

export class Books {
  constructor(url, person) {
    this.url = url;
    this.person = person;
    this.cookie = '';
  }

  /** To the ledger and to the plugin's console. */
  async login() {
    await this.logIntoLedger();
    this.session = await this.console('GET', 'session');
  }

  async logIntoLedger() {
    const page = await fetch(`${this.url}/login`, { redirect: 'manual' });
    const before = page.headers.get('set-cookie')?.split(';')[0] ?? '';
    const csrf = /name="csrf" value="([^"]*)"/.exec(await page.text())?.[1];
    const form = new URLSearchParams({ name: this.person.name, password: this.person.password, ...(csrf ? { csrf } : {}) });
    const answer = await fetch(`${this.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: before, origin: this.url },
      body: form,
    });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0];
    if (answer.status >= 400 || !cookie) throw new Error(`login answered ${answer.status}`);
    this.cookie = cookie;
  }

  /** A page of the ledger, as text. */
  async page(path) {
    const answer = await fetch(this.url + path, { redirect: 'manual', headers: { cookie: this.cookie } });
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
    return answer.text();
  }

  async json(method, path, body, headers = {}) {
    const answer = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: { cookie: this.cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    let parsed;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = text.slice(0, 300);
    }
    if (!answer.ok) throw new Refused(answer.status, parsed, `${method} ${path}`);
    return parsed;
  }

  /** The plugin's console API. */
  console(method, path, body) {
    const headers = method === 'GET' ? {} : { 'x-bankfeed-csrf': this.session.csrf, origin: this.url };
    return this.json(method, `/plugins/plaid/console/api/${path}`, body, headers);
  }

  // --- the books ---

  async basic(method, path, body) {
    const word = Buffer.from(`${this.person.name}:${this.person.password}`).toString('base64');
    return this.json(method, path, body, { authorization: `Basic ${word}`, cookie: '' });
  }

  accounts() {
    return this.basic('GET', '/api/accounts');
  }
}

/** Calls `look` until it gives something, or fails with `what`. `pace` is the pause between two calls, in milliseconds. */
export async function until(what, look, milliseconds = 60_000, pace = 40) {
  const end = Date.now() + milliseconds;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      if (error instanceof GaveUp) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms in vain for ${what}${last ? ` (last: ${last.message})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, pace));
  }
}

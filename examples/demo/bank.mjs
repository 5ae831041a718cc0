// The simulated bank's levers, and its truth.

export class Bank {
  constructor(control) {
    this.control = control;
  }

  async call(method, path, body) {
    const answer = await fetch(this.control + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`simulator: ${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }

  state() {
    return this.call('GET', '/_sim/state');
  }

  /** The bank's own account of a name, with its rows. */
  async account(name) {
    const found = (await this.state()).accounts.find((account) => account.name === name);
    if (!found) throw new Error(`the bank has no account ${name}`);
    return found;
  }

  openAccount(account) {
    return this.call('POST', '/_sim/accounts', account);
  }

  /** operations: [{op: "add", amount, name, date?}, ...]; amounts as on the wire: positive is money out. */
  transactions(accountId, operations) {
    return this.call('POST', '/_sim/transactions', { account_id: accountId, transactions: operations });
  }

  async webhooks() {
    return (await this.call('GET', '/_sim/webhooks')).webhooks;
  }

  settle() {
    return this.call('POST', '/_sim/webhooks/settle', {});
  }

  resend(index, replayJwt = false) {
    return this.call('POST', '/_sim/webhooks/resend', { index, replay_jwt: replayJwt });
  }

  forge(itemId, kind, more) {
    return this.call('POST', '/_sim/webhooks/forge', { item_id: itemId, kind, ...more });
  }

  /** kind: "http_500", "hang", ...; more: {endpoint, count, seconds, page, ...}. */
  fault(kind, more) {
    return this.call('POST', '/_sim/faults', { kind, ...more });
  }

  /** Those that have not struck as often as they should. */
  async faultsWaiting() {
    return (await this.call('GET', '/_sim/faults')).faults;
  }

  clearFaults() {
    return this.call('DELETE', '/_sim/faults');
  }

  /** What clients have asked, oldest first, without their secrets. */
  async requests() {
    return (await this.call('GET', '/_sim/requests')).requests;
  }

  enableWebhooks(enabled) {
    return this.call('POST', '/_sim/webhooks/enabled', { enabled });
  }

  /** The Link token behind a hosted address. */
  async linkToken(hostedUrl) {
    const id = new URL(hostedUrl).pathname.split('/').pop();
    const token = (await this.state()).link_tokens.find((one) => one.hosted_id === id);
    if (!token) throw new Error('the simulator does not know this hosted address');
    return token.link_token;
  }

  completeLink(linkToken, more) {
    return this.call('POST', '/_sim/link/complete', { link_token: linkToken, ...more });
  }
}

/** Exact cents of a decimal text: "12.3" is 1230n. */
export function cents(text) {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text);
  if (!match) throw new Error(`not an amount in whole cents: ${text}`);
  const value = BigInt(match[2]) * 100n + BigInt((match[3] ?? '').padEnd(2, '0'));
  return match[1] ? -value : value;
}

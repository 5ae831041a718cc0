// Visits to the bank that come to nothing, one after the other, and the one that does not: by keyboard alone.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { until } from '../../examples/demo/books.mjs';
import { Keyboard } from './hands.mjs';
import { walkThrough } from './walk.mjs';

const LONG_AGO_MS = 10 * 60_000;

/** Stands between the plugin and Plaid. While it is `late`, a visit that is begun has ended ten minutes ago. */
class SlowPerson {
  async start() {
    this.late = false;
    this.server = createServer((request, response) => void this.pass(request, response));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.server.unref();
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  async pass(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { 'content-type': type = 'application/json', 'plaid-client-id': id, 'plaid-secret': secret } = request.headers;
    const headers = { 'content-type': type, ...(id === undefined ? {} : { 'plaid-client-id': id, 'plaid-secret': secret }) };
    const answer = await fetch(this.plaid + request.url, { method: request.method, headers, body: Buffer.concat(parts) });
    let text = await answer.text();
    if (this.late && request.url === '/link/token/create') {
      text = JSON.stringify({ ...JSON.parse(text), expiration: new Date(Date.now() - LONG_AGO_MS).toISOString() });
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(text);
  }
}

const slow = new SlowPerson();

walkThrough('visits to the bank that come to nothing are begun again, to the end', { name: 'begun-again', language: 'en', size: 'desktop', hands: Keyboard },
  { world: async () => ({ settings: { base_url: await slow.start() } }), prepare: (admin) => { slow.plaid = admin.world.api; } }, async (step, walk) => {
    const { admin, hands, page, screen } = walk;
    const begin = async () => {
      await walk.heading('link.connect.title').waitFor();
      await hands.press(walk.button('link.connect.begin'));
      await page.getByRole('heading', { name: 'Choose your bank' }).waitFor();
    };
    const nothingChanged = async () => assert.deepEqual((await admin.overview()).connections, []);

    await step('the browser\'s way back leads to a page that leads to the bank again', async () => {
      await walk.enter();
      await hands.press(walk.control('connections.connect'));
      await begin();
      await page.goBack();
      await walk.heading('link.open.title').waitFor();
      await screen.look('link-still-open');
      await nothingChanged();
      await hands.press(walk.link('link.back_to_bank'));
      await page.getByRole('heading', { name: 'Choose your bank' }).waitFor();
    });

    await step('whoever leaves the bank\'s page is told that nothing has changed, and begins again', async () => {
      await hands.press(page.getByRole('button', { name: 'Leave without finishing' }));
      await walk.heading('link.exited.title').waitFor();
      await walk.sees('link.unchanged');
      await nothingChanged();
      await hands.press(walk.link('link.begin_again'));
    });

    await step('a visit that took too long is over, and says so while one looks', async () => {
      slow.late = true;
      await begin();
      await page.goBack();
      await walk.heading('link.expired.title').waitFor();
      await screen.look('link-expired');
      await nothingChanged();
      slow.late = false;
      await hands.press(walk.link('link.begin_again'));
    });

    await step('the next one goes to the end, and the history is in the books', async () => {
      await begin();
      await walk.atTheBank({ first: true, ticks: ['Checking'], looks: false });
      await walk.heading('review.new.heading').waitFor();
      await hands.choose(walk.choice('Checking', 'new'));
      await walk.apply();
      await walk.untilBooked('begun-again-progress');
      const { connections } = await admin.overview();
      assert.equal(connections.length, 1, 'the visits that came to nothing left nothing');
      admin.connectionId = connections[0].id;
      await until('books and bank to be in step', async () => (await admin.checkBalances()).length === 1);
    });

    await step('of every visit the log tells how it ended', async () => {
      await hands.press(walk.inMenu('nav.activity'));
      for (const end of ['value.exited', 'value.expired', 'value.done']) await walk.sees(end);
      await screen.look('begun-again-activity');
    });
  });

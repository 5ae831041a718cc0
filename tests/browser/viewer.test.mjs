// Somebody who may only look sees every screen, and nothing on it that would be refused.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { people } from '../../examples/demo/world.mjs';
import { feedNew, inStep } from '../journey/scene.mjs';
import { Mouse } from './hands.mjs';
import { walkThrough } from './walk.mjs';

/** Something on every screen: linked and open accounts, a login that the bank asks for, imports of which one is undone, changes. */
async function live(admin) {
  const { account_id: checking, login_id: login } = await admin.bank.account('Checking');
  await admin.bank.transactions(checking, [
    { op: 'add', id: 'changed', amount: '84.20', name: 'Coffee for the office', day: -3 },
    { op: 'add', id: 'taken', amount: '12.00', name: 'Parking', day: -3 },
  ]);
  admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  await feedNew(admin, ['Checking', 'Savings']);
  await admin.bank.transactions(checking, [{ op: 'modify', id: 'changed', amount: '86.75' }, { op: 'remove', id: 'taken' }]);
  await inStep(admin);
  await admin.bank.transactions(checking, [{ op: 'add', id: 'undone', amount: '9.99', name: 'Undone later', day: 0 }]);
  await inStep(admin);
  const [newest] = (await admin.books.console('GET', 'imports')).imports;
  await admin.books.console('POST', `imports/${newest.id}/undo`, {});
  await admin.bank.openAccount({
    login_id: login, type: 'depository', subtype: 'savings', currency: 'USD', opening_balance: '0', name: 'Event Fund', mask: '2222',
    history: [{ day: -20, amount: '-500.00', name: 'First deposit' }, { day: -6, amount: '-125.50', name: 'Standing order' }],
  });
  await admin.link('add_accounts', ['Checking', 'Savings', 'Event Fund'], admin.connectionId);
  await admin.waitForAccounts(['Event Fund']);
  await until('the new account\'s rows', async () => (await admin.connection()).accounts.some((one) => one.name === 'Event Fund' && one.held === 2));
  const { item_id: item } = (await admin.bank.state()).items.find((one) => !one.removed);
  await admin.bank.call('POST', '/_sim/items/state', { item_id: item, error_code: 'ITEM_LOGIN_REQUIRED' });
  await until('the bank to want a login', async () => (await admin.connection()).state === 'needs_user');
  return newest.id;
}

/** What of the page can be pressed, ticked or filled in, and where its links lead. */
function offered() {
  const seen = (one) => one.getClientRects().length > 0 && !one.matches(':disabled');
  const named = (one) => (one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent).trim();
  const main = document.querySelector('main');
  return {
    controls: [...main.querySelectorAll('button, input, select, textarea')].filter(seen).map(named),
    links: [...main.querySelectorAll('a')].filter(seen).map((one) => one.getAttribute('href')),
  };
}

class Onlooker {
  constructor(walk) {
    this.walk = walk;
    // What shows more of the same, and nothing else.
    this.harmless = walk.words(
      'connections.search', 'held.account', 'held.search', 'held.more', 'records.connection', 'records.account', 'records.person',
      'activity.more', 'audit_check.again', 'review.filter.type', 'review.filter.currency');
    walk.page.on('response', (answer) => {
      if (answer.status() === 403) walk.screen.tell(`refused: ${answer.request().method()} ${answer.url()}`);
    });
    walk.page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().includes('/api/')) walk.screen.tell(`asked for a change: ${request.url()}`);
    });
  }

  /** Looks at a screen that is there, and at what it offers. */
  async looks(name) {
    const { page, screen } = this.walk;
    const { controls, links } = await page.evaluate(offered);
    for (const one of controls) if (!this.harmless.test(one)) screen.tell(`${name}: offers "${one}"`);
    for (const one of links) if (/\/(connect|add|repair|relink)$/.test(one)) screen.tell(`${name}: leads to ${one}`);
    await screen.look(`viewer-${name}`);
  }

  /** Through an address that somebody else has sent. */
  async visits(name, hash, said) {
    await this.walk.goTo(hash);
    await this.walk.sees(said);
    await this.looks(name);
  }
}

let undone;
const prepare = async (admin) => {
  undone = await live(admin);
};

walkThrough('a viewer sees everything, and is offered nothing that would be refused', { name: 'viewer', language: 'zh', size: 'desktop', hands: Mouse },
  { prepare }, async (step, walk) => {
    const { admin, hands } = walk;
    const onlooker = new Onlooker(walk);

    await step('the banks, with what they need, and no button for it', async () => {
      await walk.enter(people.viewer);
      await walk.sees('status.needs_user');
      await walk.sees('notice.accounts_to_decide');
      await onlooker.looks('connections');
      assert.equal(await walk.inMenu('nav.health').count(), 0, 'health is for operators');
    });

    await step('the review and its progress, whose choices cannot be chosen', async () => {
      await onlooker.visits('review', `#/connections/${admin.connectionId}/review`, 'review.new.heading');
      assert.equal(await walk.choice('Event Fund', 'later').isDisabled(), true);
      await onlooker.visits('progress', `#/connections/${admin.connectionId}/progress`, 'progress.title');
    });

    await step('the held transactions', async () => {
      await hands.press(walk.inMenu('nav.held'));
      await walk.heading('held.title').waitFor();
      const picker = walk.page.getByRole('combobox', { name: walk.words('held.account') });
      await picker.waitFor();
      await hands.select(picker, await picker.evaluate((one) => [...one.options].find(({ label }) => label.includes('Event Fund')).label));
      await walk.page.getByText('Standing order').waitFor();
      await onlooker.looks('held');
    });

    await step('the log, the imports and the changes', async () => {
      await hands.press(walk.inMenu('nav.activity'));
      await walk.sees('audit_check.whole');
      await onlooker.looks('activity');
      await hands.press(walk.link('records.imports'));
      await walk.page.getByRole('row').nth(1).waitFor();
      await onlooker.looks('imports');
      await onlooker.visits('import', `#/imports/${undone}`, 'imports.look_only');
      await hands.press(walk.link('imports.back'));
      await hands.press(walk.link('records.changes'));
      await walk.page.getByText('Coffee for the office').first().waitFor();
      await onlooker.looks('changes');
    });

    await step('the pages for those who may do more say so, by whatever address', async () => {
      await onlooker.visits('connect', '#/connect', 'app.look_only');
      for (const one of ['add', 'repair', 'relink']) {
        await walk.goTo('#/');
        await onlooker.visits(one, `#/connections/${admin.connectionId}/${one}`, 'app.look_only');
      }
      await onlooker.visits('health', '#/health', 'health.denied');
      await onlooker.visits('erase', '#/erase', 'health.denied');
    });
  });

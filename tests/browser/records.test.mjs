// What has happened, and taking it back: an import with what an undo leaves alone, the bank's changes, the log with its filters and
// its check, and the diagnostics.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { feedNew, inStep } from '../journey/scene.mjs';
import { Keyboard, Mouse } from './hands.mjs';
import { day, walkThrough } from './walk.mjs';

const ROWS = [
  { op: 'add', id: 'one', amount: '11.11', name: 'Taken out, and back', day: -2 },
  { op: 'add', id: 'two', amount: '22.22', name: 'Reconciled by hand', day: -2 },
  { op: 'add', id: 'three', amount: '33.33', name: 'Removed by hand', day: -2 },
  { op: 'add', id: 'four', amount: '44.44', name: 'In a closed period', day: -12 },
  { op: 'add', id: 'five', amount: '55.55', name: 'Taken out as well', day: -2 },
];

async function entryOf(admin, name) {
  const { entries } = await admin.books.basic('GET', '/api/journal?limit=500');
  return entries.find((one) => one.description === name);
}

/** Two accounts that feed the books, and an import of five rows, three of which people have dealt with in the books since. */
async function dealtWith(admin) {
  const { account_id: checking } = await admin.bank.account('Checking');
  await admin.bank.transactions(checking, [{ op: 'add', id: 'changed', amount: '84.20', name: 'Coffee for the office', day: -3 },
    { op: 'add', id: 'gone', amount: '12.00', name: 'Parking', day: -3 }]);
  admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  await feedNew(admin, ['Checking', 'Savings']);
  await inStep(admin);
  await admin.bank.transactions(checking, [{ op: 'modify', id: 'changed', amount: '86.75' }, { op: 'remove', id: 'gone' }]);
  await inStep(admin);
  await admin.bank.transactions(checking, ROWS);
  await inStep(admin);
  const post = async (path, body) => admin.books.basic('POST', `/api/${path}`, body);
  await post('transactions/reconcile', { root_key: (await entryOf(admin, 'Reconciled by hand')).root_key });
  await post('transactions/remove', { root_key: (await entryOf(admin, 'Removed by hand')).root_key });
  await post('period', { through: day(-10) });
  const [{ id }] = (await admin.books.console('GET', 'imports')).imports;
  await until('the plugin to know what the books protect', async () => (await admin.books.console('GET', `imports/${id}`)).can_undo === 2);
}

class Records {
  constructor(walk) {
    Object.assign(this, { walk, ...walk });
  }

  /** What the books have in all of Checking. */
  async balance() {
    const checking = (await this.admin.connection()).accounts.find((one) => one.name === 'Checking');
    return Math.round(Number((await this.admin.ledgerAccount(checking.link.ledger_account_id)).balance) * 100);
  }

  async confirm(opener, title) {
    const { walk, hands, page } = this;
    await hands.press(walk.button(opener));
    const dialog = page.getByRole('dialog', { name: walk.words(title) });
    await dialog.waitFor();
    return dialog;
  }

  async undoes() {
    const { walk, hands, page, screen } = this;
    await hands.press(walk.inMenu('nav.activity'));
    await hands.press(walk.link('records.imports'));
    await page.getByRole('row').nth(1).waitFor();
    await screen.look('imports');
    await hands.press(page.getByRole('row').nth(1).getByRole('link'));
    await walk.heading('imports.protected').waitFor();
    for (const name of ['Reconciled by hand', 'Removed by hand', 'In a closed period']) await page.getByRole('row').filter({ hasText: name }).waitFor();
    await screen.look('import');
    const had = await this.balance();
    const dialog = await this.confirm('imports.undo', 'imports.undo_title');
    for (const reason of ['reconciled', 'removed', 'period_closed']) await dialog.getByText(walk.words.part(`protectedReason.${reason}`)).waitFor();
    await screen.look('import-undo-dialog');
    await hands.press(dialog.getByRole('button', { name: walk.words('imports.undo_confirm', { count: 2 }) }));
    await walk.button('imports.redo').waitFor();
    await screen.look('import-undone');
    assert.equal(await this.balance() - had, 1111 + 5555, 'these two are out of the books, and nothing else');
  }

  async redoes() {
    const { walk, hands, screen } = this;
    const had = await this.balance();
    const dialog = await this.confirm('imports.redo', 'imports.redo_title');
    await screen.look('import-redo-dialog');
    await hands.press(dialog.getByRole('button', { name: walk.words('imports.redo_confirm', { count: 2 }) }));
    await walk.button('imports.undo').waitFor();
    assert.equal(await this.balance() - had, -(1111 + 5555), 'both are in the books again');
  }

  async choose(label, option) {
    const picker = this.page.getByRole('combobox', { name: this.walk.words(label) });
    await picker.locator('option').filter({ hasText: option }).waitFor({ state: 'attached' });
    await this.hands.select(picker, await picker.evaluate((one, part) => [...one.options].find(({ label: text }) => text.includes(part)).label, option));
  }

  row(...texts) {
    return texts.reduce((rows, hasText) => rows.filter({ hasText }), this.page.getByRole('row'));
  }

  async readsChanges() {
    const { walk, hands, page, screen } = this;
    await hands.press(walk.link('imports.back'));
    await hands.press(walk.link('records.changes'));
    await this.row('Coffee for the office', walk.words.part('bankChange.amended')).waitFor();
    await this.row('Parking', walk.words.part('bankChange.taken_back'), walk.words.part('bankChangeOutcome.told')).waitFor();
    await screen.look('changes');
    await this.choose('records.connection', 'First Platypus Bank');
    await this.choose('records.account', 'Savings');
    await walk.sees('changes.none', 'activity.none_such');
    await this.choose('records.account', 'Checking');
    await this.row('Parking').waitFor();
    assert.equal(await page.getByRole('row').count(), 3, 'a heading and two changes');
  }

  async filtersTheLog() {
    const { walk, hands, page, screen } = this;
    await hands.press(walk.link('records.log'));
    await this.row(walk.words.part('audit.accounts.found')).first().waitFor();
    await this.choose('records.person', 'Ada Admin');
    await this.row(walk.words.part('audit.accounts.found')).first().waitFor({ state: 'detached' });
    await this.row(walk.words.part('audit.import.undone'), 'Ada Admin').waitFor();
    await this.choose('records.connection', 'First Platypus Bank');
    await this.choose('records.account', 'Savings');
    await this.row(walk.words.part('audit.account.linked'), 'Savings').waitFor();
    await this.row(walk.words.part('audit.import.undone')).waitFor({ state: 'detached' });
    assert.equal(await this.row('Checking').count(), 0, 'nothing of the other account');
    await screen.look('activity-filtered');
    await hands.select(page.getByRole('combobox', { name: walk.words('records.connection') }), await this.firstOption('records.connection'));
  }

  firstOption(label) {
    return this.page.getByRole('combobox', { name: this.walk.words(label) }).evaluate((one) => one.options[0].label);
  }

  async checksTheLog() {
    const { admin, walk, hands } = this;
    const newest = async () => (await admin.books.console('GET', 'activity')).entries[0].seq;
    const whole = async () => walk.page.getByText(walk.words.part('audit_check.whole', { seq: await newest() })).waitFor();
    await whole();
    await admin.books.console('POST', `connections/${admin.connectionId}/pause`, {});
    await admin.books.console('POST', `connections/${admin.connectionId}/resume`, {});
    await hands.press(walk.button('audit_check.again'));
    await whole();
  }

  async copiesTheDiagnostics() {
    const { walk, hands, page, screen } = this;
    await screen.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await hands.press(walk.inMenu('nav.health'));
    await hands.press(walk.button('health.copy'));
    await walk.sees('health.copied');
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^bankfeed: \d/);
    assert.equal(copied, await page.getByRole('textbox', { name: walk.words('health.diagnostics') }).inputValue());
    assert.doesNotMatch(copied, /Platypus|Checking|Savings|Ada|Coffee/, 'no name is in it');
    await screen.look('health-diagnostics');
  }
}

for (const how of [
  { name: 'records', language: 'en', size: 'desktop', hands: Keyboard },
  { name: 'records-phone', language: 'zh', size: 'phone', hands: Mouse },
]) {
  walkThrough(`what has happened is read, checked and taken back (${how.name})`, how, { prepare: dealtWith }, async (step, walk) => {
    const records = new Records(walk);
    await walk.enter();
    await step('an import is undone, save what is protected, which is listed', () => records.undoes());
    await step('it is booked again', () => records.redoes());
    await step('the bank\'s changes are read, of all accounts and of one', () => records.readsChanges());
    await step('the log is narrowed to a person, a bank and an account', () => records.filtersTheLog());
    await step('the log is whole, and still is with what comes', () => records.checksTheLog());
    await step('the diagnostics are copied, and name nobody', () => records.copiesTheDiagnostics());
  });
}

// A login is connected anew, to the very end: the old accounts go on in their ledger accounts, nothing is booked twice, and the old
// login ends by itself. In the UK that is also how an account is added.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { feedNew, inStep } from '../journey/scene.mjs';
import { ukWorld } from '../journey/uk.mjs';
import { Keyboard, Mouse } from './hands.mjs';
import { walkThrough } from './walk.mjs';

let before;

/** Two accounts that feed the books. */
async function feeding(admin) {
  admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  await feedNew(admin, ['Checking', 'Savings']);
  await inStep(admin);
  before = await admin.exported();
}

const connectionOf = (admin, id) => admin.books.console('GET', `connections/${id}`);

/** Goes through the bank's pages as if for the first time, up to the review. */
async function logInAnew(walk, ticks) {
  await walk.atTheBank({ first: true, ticks, looks: false });
  await walk.heading('review.new.heading').waitFor();
  for (const name of ticks) await walk.row(name).waitFor();
}

/** The old accounts are proposed where they were, and that is taken. */
async function takesTheirPlace(walk, names) {
  for (const name of names) {
    await walk.row(name).getByRole('radio', { name: walk.words('review.choice.existing'), checked: true }).waitFor();
    const row = walk.page.getByRole('listitem').filter({ has: walk.row(name) });
    await row.getByText(walk.words.part('relation.re_issued')).waitFor();
  }
}

/** The card of the old login is among the ended ones, and the other says nothing of it any more. */
async function oldOneEnds(walk, old) {
  const { admin, hands, page } = walk;
  await until('the old login to be ended', async () => (await connectionOf(admin, old)).state === 'removed');
  await hands.press(walk.inMenu('nav.connections'));
  await walk.heading('connections.title').waitFor();
  await walk.sees('status.current');
  assert.equal(await page.getByText(walk.words.part('handover.new')).count(), 0);
  await hands.press(page.locator('summary').filter({ hasText: walk.words.part('connections.ended') }));
  await walk.sees('status.replaced');
}

/** The newest connection is the one to look at from now on; gives the id of the one before. */
async function goesOnWithTheNewOne(admin) {
  const old = admin.connectionId;
  const { connections } = await admin.overview();
  admin.connectionId = connections.find((one) => one.id !== old).id;
  return old;
}

walkThrough('a login is connected anew by keyboard, and not a byte of the books is another', { name: 'anew', language: 'en', size: 'desktop', hands: Keyboard },
  { prepare: feeding }, async (step, walk) => {
    const { admin, hands, screen } = walk;
    let old;

    await step('the page before it says what stays', async () => {
      await walk.enter();
      await hands.press(walk.inCard('connections.relink'));
      await walk.sees('link.relink.keeps');
      await hands.press(walk.button('link.connect.begin'));
    });

    await step('back from the bank, each account is proposed where it was', async () => {
      await logInAnew(walk, ['Checking', 'Savings']);
      old = await goesOnWithTheNewOne(admin);
      await takesTheirPlace(walk, ['Checking', 'Savings']);
      await screen.look('anew-review');
    });

    await step('one of them moves: the other still comes through the old login, which is said at both', async () => {
      await hands.choose(walk.choice('Savings', 'later'));
      await walk.apply();
      await walk.untilBooked('anew-progress');
      await hands.press(walk.inMenu('nav.connections'));
      await walk.sees('handover.new');
      await walk.sees('handover.old');
      await screen.look('anew-connections');
      assert.equal((await connectionOf(admin, old)).state, 'healthy');
    });

    await step('the other moves, and the old login ends by itself', async () => {
      await hands.press(walk.control('action.review'));
      await takesTheirPlace(walk, ['Savings']);
      await hands.choose(walk.choice('Savings', 'existing'));
      await walk.apply();
      await walk.heading('progress.title').waitFor();
      await oldOneEnds(walk, old);
      await screen.look('anew-ended');
    });

    await step('nothing is in the books twice, and what comes next is booked once', async () => {
      await inStep(admin);
      assert.equal(await admin.exported(), before);
      const { account_id: checking } = await admin.bank.account('Checking');
      await admin.bank.transactions(checking, [{ op: 'add', id: 'fresh', amount: '12.34', name: 'After it all', day: 0 }]);
      await inStep(admin);
      assert.equal((await admin.exported()).split('After it all').length, 2);
    });
  });

walkThrough('at a bank in the UK an account is added by connecting anew, on a phone', { name: 'anew-uk', language: 'zh', size: 'phone', hands: Mouse },
  { world: ukWorld, prepare: feeding }, async (step, walk) => {
    const { admin, hands, screen } = walk;
    let old;

    await step('the bank opens an account, and the page says that one logs in once more', async () => {
      const { items } = await admin.bank.state();
      await admin.bank.openAccount({
        login_id: items[0].login_id, type: 'depository', subtype: 'savings', currency: 'GBP', opening_balance: '0', name: 'Event Fund', mask: '2222',
        history: [{ day: -6, amount: '-125.50', name: 'Standing order' }],
      });
      await walk.enter();
      await walk.sees('notice.new_accounts');
      await hands.press(walk.control('action.choose'));
      await walk.sees('link.relink.choose');
      await screen.look('anew-uk-before');
      await hands.press(walk.button('link.connect.begin'));
    });

    await step('old and new stand side by side in the review', async () => {
      await logInAnew(walk, ['Checking', 'Savings', 'Event Fund']);
      old = await goesOnWithTheNewOne(admin);
      await takesTheirPlace(walk, ['Checking', 'Savings']);
      await walk.row('Event Fund').getByRole('radio', { name: walk.words('review.choice.new'), checked: true }).waitFor();
      await screen.look('anew-uk-review');
    });

    await step('all move at once, the new one begins, and the old login ends', async () => {
      await walk.apply();
      await walk.untilBooked('anew-uk-progress');
      await oldOneEnds(walk, old);
      await screen.look('anew-uk-ended');
      assert.equal((await inStep(admin), await admin.checkBalances()).length, 3);
    });

    await step('what was in the books is there once more and no more than once', async () => {
      const entries = (text) => text.split('\n\n').filter((entry) => /^\d{4}-\d\d-\d\d/.test(entry)).sort();
      const now = entries(await admin.exported());
      const then = entries(before);
      assert.deepEqual(then.filter((entry) => !now.includes(entry)), []);
      assert.equal(now.filter((entry) => entry.includes('Standing order')).length, 1);
      assert.equal(new Set(now).size, now.length, 'no entry stands twice');
    });
  });

// Two administrators look at the same bank at the same time, each in a browser of their own.
import assert from 'node:assert/strict';
import { until } from '../../examples/demo/books.mjs';
import { people } from '../../examples/demo/world.mjs';
import { Mouse } from './hands.mjs';
import { walkThrough } from './walk.mjs';

const grace = { name: 'grace', title: 'Grace Bookkeeper', role: 'admin', password: 'demo-grace' };

async function twoToDecide(admin) {
  admin.connectionId = (await admin.link('connect', ['Checking', 'Savings'])).connection_id;
  await admin.waitForAccounts(['Checking', 'Savings']);
  await admin.quiet();
}

const isReview = (url) => url.pathname.endsWith('/review') && url.pathname.includes('/api/');

/** What the page reads of the review stays as it is now, until it asks for a change: as if it had not read again yet. */
async function standsStill({ page }) {
  let kept = null;
  let still = true;
  await page.route(isReview, async (route) => {
    still &&= route.request().method() === 'GET';
    if (!still) return route.continue();
    kept ??= await route.fetch();
    return route.fulfill({ response: kept });
  });
  await page.waitForResponse((one) => isReview(new URL(one.url())));
}

walkThrough('two administrators decide at once, and neither undoes the other unseen', { name: 'together', language: 'en', size: 'desktop', hands: Mouse },
  { world: { staff: { ...people, grace } }, prepare: twoToDecide }, async (step, ada, another) => {
    const { admin } = ada;
    const her = await another({ name: 'together-grace', language: 'zh', size: 'desktop', hands: Mouse });
    const both = [ada, her];
    const openReview = async (walk) => {
      await walk.goTo(`#/connections/${admin.connectionId}/review`);
      await walk.row('Checking').waitFor();
      await walk.row('Savings').waitFor();
    };
    const listed = (walk, name) => walk.page.getByRole('main').getByRole('listitem').filter({ hasText: name });
    const meanwhile = (walk, name) => listed(walk, name).getByText(walk.words.part('conflict.decided_meanwhile.aside', { by: grace.title }));

    await step('both have the same two accounts before them', async () => {
      await ada.enter();
      await her.enter(grace);
      for (const walk of both) await openReview(walk);
    });

    await step('what one decides, the other sees without touching the page, and keeps a draft of the rest', async () => {
      await ada.hands.choose(ada.choice('Checking', 'new'));
      const name = ada.row('Checking').getByLabel(ada.words('review.name'));
      await ada.hands.fill(name, 'House account');
      await her.hands.choose(her.choice('Savings', 'none'));
      await her.hands.choose(her.choice('Checking', 'later'));
      await her.apply();
      await her.heading('connections.title').waitFor();
      await meanwhile(ada, 'Savings').waitFor();
      assert.equal(await name.inputValue(), 'House account');
      await ada.screen.look('together-seen');
      await ada.hands.press(listed(ada, 'Savings').getByRole('button', { name: ada.words('choice.keep_theirs') }));
      await listed(ada, 'Savings').getByText(ada.words.part('review.aside_by', { by: grace.title })).waitFor();
    });

    await step('who presses Apply before seeing it is told who decided, and nothing is undone', async () => {
      await her.goTo(`#/connections/${admin.connectionId}/review`);
      await her.row('Checking').waitFor();
      await standsStill(ada);
      await her.hands.choose(her.choice('Checking', 'none'));
      await her.apply();
      await her.heading('connections.title').waitFor();
      await ada.apply();
      await ada.sees('error.review.decided_meanwhile');
      await meanwhile(ada, 'Checking').waitFor();
      await ada.screen.look('together-refused');
      const { accounts } = await admin.connection();
      assert.deepEqual(accounts.map((one) => [one.decision, one.link]), [['aside', null], ['aside', null]]);
    });

    await step('decided anew on purpose, it holds, and the other one sees that as well', async () => {
      await her.goTo(`#/connections/${admin.connectionId}/review`);
      await listed(her, 'Checking').waitFor();
      await ada.hands.press(listed(ada, 'Checking').getByRole('button', { name: ada.words('choice.decide_anew') }));
      await ada.apply();
      await ada.untilBooked('together-progress');
      await until('the books to have it', async () => (await admin.checkBalances()).length === 1);
      await her.page.reload();
      await listed(her, 'Checking').getByText('House account').waitFor();
      await her.screen.look('together-other');
    });

    await step('a visit to the bank that one has begun is not begun by the other', async () => {
      for (const walk of both) await walk.goTo(`#/connections/${admin.connectionId}/add`);
      await ada.hands.press(ada.button('link.add.begin'));
      await ada.page.getByLabel('Password').waitFor();
      await her.hands.press(her.button('link.add.begin'));
      await her.page.getByText(her.words.part('link.session_open.other', { by: people.admin.title })).waitFor();
      await her.screen.look('together-busy');
      await ada.hands.press(ada.page.getByRole('button', { name: 'Leave without finishing' }));
      await ada.heading('link.exited.title').waitFor();
    });

    await step('a bank that one pauses rests for the other too, with the name of who did it', async () => {
      for (const walk of both) await walk.goTo('#/');
      await ada.hands.press(ada.inCard('pause.open'));
      await her.page.getByText(her.words.part('status.paused', { by: people.admin.title })).first().waitFor();
      await her.hands.press(her.inCard('resume.open'));
      await ada.inCard('pause.open').waitFor();
    });
  });

// What happens after Apply: phases and counts, live, and the truth when it does not go on.

import type { JSX } from 'preact';
import * as api from '../api';
import { useSession } from '../context';
import { formatRelative } from '../dates';
import { currentLanguage, currentLocale, formatCount, problemWords, t, word } from '../i18n';
import { AccountTitle, Foreign, Go, LedgerName, Loaded, Page } from '../parts/basics';
import { useResource } from '../resource';
import type { AccountProgress, BankAccount, Connection, FailedAccount, Progress as ProgressData } from '../types';
import { countsOf, doneSaid, onlyOpening } from '../status';
import type { ProgressCounts } from '../status';
import { plain, titled } from '../text';

const STEPS = ['fetching', 'applying', 'booking', 'delivering', 'done'];

function every(progress: ProgressData | null): number {
  if (progress?.phase === 'done' || progress?.phase === 'stopped') return 0;
  return progress?.phase === 'held' || progress?.phase === 'paused' ? 15_000 : 1_000;
}

/** `whole` is false when something failed or is held: then the last step is not ticked. */
function Steps(props: { phase: string; whole: boolean }): JSX.Element {
  const at = STEPS.indexOf(props.phase);
  return (
    <ol class="steps" aria-label={t('progress.steps')}>
      {STEPS.map((step, index) => {
        const past = at > index || (props.phase === 'done' && props.whole);
        const now = at === index && !past && props.phase !== 'done';
        return (
          <li key={step} class={past ? 'past' : now ? 'now' : ''} aria-current={now ? 'step' : undefined}>
            {word('phase', step, step)}
            {past && <span class="hidden"> ({t('progress.step.done')})</span>}
            {now && <span class="hidden"> ({t('progress.step.now')})</span>}
          </li>
        );
      })}
    </ol>
  );
}

function Failing(props: { error: NonNullable<ProgressData['error']> }): JSX.Element {
  const { code, text, request_id: request, next_try_at: next } = props.error;
  return (
    <div class="failure" role="alert">
      <p>{t('progress.waiting', { reason: problemWords(code, text) })}</p>
      <p>
        {next === null
          ? t('progress.no_next_try')
          : t('progress.next_try', { next: formatRelative(next, Date.now(), currentLocale()) })}
      </p>
      <p class="small">
        {t('error.code', { code })}
        {request !== '' && <> {t('connections.request_id', { id: request })}</>}
      </p>
    </div>
  );
}

function countWords(counts: ProgressCounts): string {
  const { booked, wanted, before, pending } = counts;
  const words = [booked === wanted ? t('progress.booked', { count: booked })
    : t('progress.count', { done: formatCount(booked), total: formatCount(wanted) })];
  if (before > 0) words.push(t('progress.before_start', { count: before }));
  if (pending > 0) words.push(t('progress.pending', { count: pending }));
  return words.join(t('review.summary.join'));
}

function accountOf(progress: AccountProgress, accounts: BankAccount[]): BankAccount | undefined {
  return accounts.find((one) => one.id === progress.bank_account_id);
}

function Row(props: { progress: AccountProgress; account: BankAccount | undefined }): JSX.Element {
  const { progress, account } = props;
  const name = account === undefined ? progress.bank_account_id : account.name;
  const mask = account?.mask ?? null;
  const finished = progress.phase === 'done';
  const counts = countsOf(progress, account);
  const all = counts.wanted + counts.held;
  const share = finished && all === 0
    ? { max: 1, value: 1 } : { max: Math.max(all, 1), value: Math.min(counts.booked, all) };
  return (
    <li class="card progress-row">
      <div class="pair">
        <AccountTitle name={name} mask={mask} />
        <span class="small"><LedgerName name={account?.link?.ledger_account_name ?? ''} /></span>
      </div>
      <progress aria-label={t('progress.account', { account: titled(name, mask) })} max={share.max} value={share.value} />
      <div class="pair">
        <span>
          {progress.total === 0 && !finished ? t('progress.counting') : countWords(counts)}
          {counts.held > 0 && (
            <> · <Go to={{ name: 'held', account: progress.bank_account_id }}>{t('progress.held_rows', { count: counts.held })}</Go></>
          )}
        </span>
        <span class="small">
          {finished && counts.held > 0 ? t('progress.done_but_held') : word('phase', progress.phase, progress.phase)}
          {progress.opening !== 'none' && (
            <> · {['waiting', 'stopped'].includes(progress.phase) ? t('progress.opening_outstanding') : word('opening', progress.opening, progress.opening)}</>
          )}
        </span>
      </div>
    </li>
  );
}

/** Accounts that are open again, because the books did not make what they were to feed, or it changed. */
function Failed(props: { id: string; failed: FailedAccount[]; accounts: BankAccount[] }): JSX.Element | null {
  const { can } = useSession();
  if (props.failed.length === 0) return null;
  return (
    <section class="failure" role="alert" aria-labelledby="failed">
      <h2 id="failed">{t('progress.failed', { count: props.failed.length })}</h2>
      <ul>
        {props.failed.map((one) => {
          const account = props.accounts.find(({ id }) => id === one.bank_account_id);
          return (
            <li key={one.bank_account_id}>
              {account !== undefined && <><Foreign text={titled(account.name, account.mask)} />: </>}
              {t(one.code === 'books_changed' ? 'progress.failed.books_changed' : 'progress.failed.account', { name: one.name })}
              {one.text !== '' && <> {t('books.words', { text: one.text })}</>}
            </li>
          );
        })}
      </ul>
      <p><Go to={{ name: 'review', connection: props.id }} kind="button">{t(can.link ? 'action.decide_again' : 'action.review')}</Go></p>
    </section>
  );
}

/** What is said about the whole. */
function wholeWords(progress: ProgressData, accounts: BankAccount[]): string {
  if (progress.phase === 'done' || onlyOpening(progress)) {
    const counts = progress.accounts.map((one) => countsOf(one, accountOf(one, accounts)));
    return doneSaid(progress, counts).map(([key, words]) => t(key, words)).join(currentLanguage() === 'zh' ? '' : ' ');
  }
  if (progress.phase === 'stopped') return t('progress.stopped');
  if (progress.phase === 'held') return t('progress.held');
  if (progress.phase === 'paused') return t('progress.paused', { by: plain(progress.paused?.by ?? '') });
  return t('progress.leave');
}

function Accounts(props: { progress: ProgressData; accounts: BankAccount[] }): JSX.Element | null {
  if (props.progress.accounts.length === 0) {
    return props.progress.failed.length > 0 ? null : <p>{t('progress.nothing')}</p>;
  }
  return (
    <section aria-labelledby="accounts">
      <h2 id="accounts">{t('progress.accounts')}</h2>
      <ul class="plain-list">
        {props.progress.accounts.map((one) => (
          <Row
            key={one.bank_account_id}
            progress={one}
            account={accountOf(one, props.accounts)}
          />
        ))}
      </ul>
    </section>
  );
}

function Whole(props: { id: string; data: ProgressData; accounts: BankAccount[] }): JSX.Element {
  const { data, accounts } = props;
  const opening = onlyOpening(data);
  const whole = data.failed.length === 0 && !opening && data.accounts.every((one) => countsOf(one, accountOf(one, accounts)).held === 0);
  return (
    <>
      <Failed id={props.id} failed={data.failed} accounts={accounts} />
      {(data.accounts.length > 0 || data.failed.length === 0) && <Steps phase={opening ? 'done' : data.phase} whole={whole} />}
      <p role="status">{wholeWords(data, accounts)}</p>
      {data.error !== null && <Failing error={data.error} />}
      {data.fetched > 0 && data.phase !== 'done' && <p>{t('progress.fetched', { count: data.fetched })}</p>}
      <Accounts progress={data} accounts={accounts} />
      {(data.phase === 'done' || data.phase === 'stopped') && (
        <p><Go to={{ name: 'connections' }} kind="primary">{t('app.back')}</Go></p>
      )}
    </>
  );
}

/** How far it is, and the accounts as they stand after that: their counts and names are never older. */
async function read(id: string): Promise<{ data: ProgressData; connection: Connection }> {
  const data = await api.progress(id);
  return { data, connection: await api.connection(id) };
}

export function Progress(props: { id: string }): JSX.Element {
  const progress = useResource(`progress ${props.id}`, () => read(props.id), (now) => every(now?.data ?? null));
  const institution = plain(progress.data?.connection.institution ?? '') || t('app.bank');
  return (
    <Page title={t('progress.title', { institution })} back>
      <Loaded from={progress}>{({ data, connection: { accounts } }) => <Whole id={props.id} data={data} accounts={accounts} />}</Loaded>
    </Page>
  );
}

// What happens after Apply: phases and counts, live, and the truth when it does not go on.

import type { JSX } from 'preact';
import * as api from '../api';
import { formatRelative } from '../dates';
import { currentLocale, formatCount, providerWords, t, word } from '../i18n';
import { AccountTitle, Go, Loaded, Page } from '../parts/basics';
import { useResource } from '../resource';
import type { AccountProgress, BankAccount, Progress as ProgressData } from '../types';
import { plain, titled } from '../text';

const STEPS = ['fetching', 'applying', 'booking', 'delivering', 'done'];

function every(progress: ProgressData | null): number {
  return progress?.phase === 'done' ? 0 : 1_000;
}

function Steps(props: { phase: string }): JSX.Element {
  const at = STEPS.indexOf(props.phase);
  return (
    <ol class="steps" aria-label={t('progress.steps')}>
      {STEPS.map((step, index) => {
        const past = at > index || props.phase === 'done';
        const now = at === index && !past;
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
  const { code, text, next_try_at: next } = props.error;
  return (
    <div class="failure" role="alert">
      <p>{t('progress.waiting', { reason: providerWords(code, text) })}</p>
      <p>
        {next === null
          ? t('progress.no_next_try')
          : t('progress.next_try', { next: formatRelative(next, Date.now(), currentLocale()) })}
      </p>
      <p class="small">{t('error.code', { code })}</p>
    </div>
  );
}

function Row(props: { progress: AccountProgress; account: BankAccount | undefined }): JSX.Element {
  const { progress, account } = props;
  const name = account === undefined ? progress.bank_account_id : account.name;
  const mask = account?.mask ?? null;
  const finished = progress.phase === 'done';
  const share = finished && progress.total === 0
    ? { max: 1, value: 1 } : { max: Math.max(progress.total, 1), value: Math.min(progress.delivered, progress.total) };
  return (
    <li class="card progress-row">
      <div class="pair">
        <AccountTitle name={name} mask={mask} />
        <span class="small">{plain(account?.link?.ledger_account_name ?? '')}</span>
      </div>
      <progress aria-label={t('progress.account', { account: titled(name, mask) })} max={share.max} value={share.value} />
      <div class="pair">
        <span>
          {progress.total === 0 && !finished ? t('progress.counting') : t('progress.count', {
            done: formatCount(progress.delivered), total: formatCount(progress.total),
          })}
        </span>
        <span class="small">
          {word('phase', progress.phase, progress.phase)}
          {progress.opening !== 'none' && <> · {word('opening', progress.opening, progress.opening)}</>}
        </span>
      </div>
    </li>
  );
}

function Accounts(props: { progress: ProgressData; accounts: BankAccount[] }): JSX.Element {
  if (props.progress.accounts.length === 0) return <p>{t('progress.nothing')}</p>;
  return (
    <section aria-labelledby="accounts">
      <h2 id="accounts">{t('progress.accounts')}</h2>
      <ul class="plain-list">
        {props.progress.accounts.map((one) => (
          <Row
            key={one.bank_account_id}
            progress={one}
            account={props.accounts.find((account) => account.id === one.bank_account_id)}
          />
        ))}
      </ul>
    </section>
  );
}

export function Progress(props: { id: string }): JSX.Element {
  const connection = useResource(`connection ${props.id}`, () => api.connection(props.id), () => 0);
  const progress = useResource(`progress ${props.id}`, () => api.progress(props.id), every);
  const institution = plain(connection.data?.institution ?? '') || t('app.bank');
  return (
    <Page title={t('progress.title', { institution })} back>
      <Loaded from={progress}>
        {(data) => (
          <>
            <Steps phase={data.phase} />
            <p role="status">
              {data.phase === 'done'
                ? data.accounts.length > 0 && t('progress.done')
                : t('progress.leave')}
            </p>
            {data.error !== null && <Failing error={data.error} />}
            {data.fetched > 0 && data.phase !== 'done' && <p>{t('progress.fetched', { count: data.fetched })}</p>}
            <Accounts progress={data} accounts={connection.data?.accounts ?? []} />
            {data.phase === 'done' && (
              <p><Go to={{ name: 'connections' }} kind="primary">{t('app.back')}</Go></p>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

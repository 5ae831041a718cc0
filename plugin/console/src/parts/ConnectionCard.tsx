// One connection: its bank, one status line, one next action, and its accounts.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { useSession } from '../context';
import { formatDate, formatRelative, formatTime } from '../dates';
import { currentLocale, formatCount, problemWords, t } from '../i18n';
import { asApiError, useResource } from '../resource';
import { endOf, nextAction, saidBy, statusOf, wasReplaced } from '../status';
import type { BankAccount, Connection, Handover } from '../types';
import { plain } from '../text';
import { AccountTable } from './AccountTable';
import type { Place } from './AccountTable';
import { ConfirmDialog } from './ConfirmDialog';
import { Badge, Failure, Go, When, useOwnId } from './basics';

function statusWords(connection: Connection): string {
  const locale = currentLocale();
  const next = connection.next_try_at === null ? '' : formatRelative(connection.next_try_at, Date.now(), locale);
  const ends = connection.end_announced_at ?? connection.consent_ends_at ?? '';
  return t(statusOf(connection).key, {
    next,
    ends: ends.length === 10 ? formatDate(ends, locale) : formatTime(ends, locale),
    ...pausedWords(connection),
  });
}

function pausedWords(connection: Connection): { by: string; since: string } {
  const { by, since } = connection.paused ?? { by: '', since: '' };
  return { by: plain(by), since: since === '' ? '' : formatTime(since, currentLocale()) };
}

/** When the bank is asked next, where it has no way to tell of news by itself. */
function nextPoll(connection: Connection, every: number): string | null {
  if (connection.paused !== null || !['healthy', 'expiring', 'needs_user'].includes(connection.state)) return null;
  const last = Date.parse(connection.last_poll_at ?? '');
  return Number.isNaN(last) ? null : new Date(last + every * 1_000).toISOString();
}

function Times(props: { connection: Connection }): JSX.Element {
  const { webhooks, poll_interval_seconds: every } = useSession();
  const next = webhooks ? null : nextPoll(props.connection, every);
  const { last_success_at: success, last_attempt_at: attempt, data_as_of: data } = props.connection;
  const when = (at: string | null): JSX.Element => at === null ? <>{t('connections.never')}</> : <When at={at} />;
  return (
    <dl class="times">
      <div><dt>{t('connections.last_success')}</dt><dd>{when(success)}</dd></div>
      <div><dt>{t('connections.last_attempt')}</dt><dd>{when(attempt)}</dd></div>
      {next !== null && <div><dt>{t('connections.next_poll')}</dt><dd>{when(next)}</dd></div>}
      {data !== null && <div><dt>{t('connections.data_as_of')}</dt><dd>{when(data)}</dd></div>}
      <Ends connection={props.connection} />
    </dl>
  );
}

/** When the connection ends unless somebody renews it: the nearer, the louder. */
function Ends(props: { connection: Connection }): JSX.Element | null {
  const end = endOf(props.connection, Date.now());
  if (end === null) return null;
  const words = end.days === 0 ? t('connections.ends_today') : t('connections.ends_days', { count: end.days });
  return (
    <div>
      <dt>{t('connections.ends')}</dt>
      <dd>
        <time dateTime={end.at}>{formatDate(end.at.slice(0, 10), currentLocale())}</time>{' '}
        <Badge tone={end.tone}>{words}</Badge>
      </dd>
    </div>
  );
}

/** What the last sync brought, in one line; what the words mean, and when it was, behind it. */
function LastSyncLine(props: { connection: Connection }): JSX.Element | null {
  const last = props.connection.last_sync;
  if (last == null) return null;
  const { added, modified, removed, held, booked } = last;
  const nothing = added + modified + removed === 0;
  const counts = { added: formatCount(added), modified: formatCount(modified), removed: formatCount(removed), held: formatCount(held) };
  const row = (name: 'added' | 'modified' | 'removed' | 'held' | 'booked', count: number): JSX.Element => (
    <div><dt>{t(`last_sync.${name}`)}</dt><dd>{formatCount(count)}</dd></div>
  );
  return (
    <details class="last-sync">
      <summary>
        {t('last_sync.title')} <When at={last.at} /> · {nothing ? t('last_sync.nothing') : t('last_sync.counts', counts)}
      </summary>
      <dl class="times">
        {row('added', added)}
        {row('booked', booked)}
        {row('held', held)}
        {row('modified', modified)}
        {row('removed', removed)}
      </dl>
    </details>
  );
}

/** A card has the first accounts; the rest comes when somebody wants to see it. */
function Accounts(props: { connection: Connection; institution: string }): JSX.Element {
  const { connection, institution } = props;
  const [all, setAll] = useState(false);
  const place = { ...(alive(connection) ? { review: connection.id } : {}), moved: wasReplaced(connection) || connection.replaced_by !== null };
  if (all) return <AllAccounts connection={connection} institution={institution} place={place} />;
  return (
    <>
      <AccountTable accounts={connection.accounts} institution={institution} place={place} />
      {connection.accounts.length < connection.accounts_in_all && (
        <p>
          <button type="button" onClick={() => setAll(true)}>
            {t('connections.all_accounts', { count: connection.accounts_in_all })}
          </button>
        </p>
      )}
    </>
  );
}

/** While somebody looks at all accounts of one bank. */
const ALL_EVERY_MS = 10_000;

function AllAccounts(props: { connection: Connection; institution: string; place: Place }): JSX.Element {
  const { id, accounts } = props.connection;
  const whole = useResource(`accounts ${id}`, () => api.connection(id), () => ALL_EVERY_MS);
  return (
    <>
      {whole.error !== null && <Failure error={whole.error} retry={whole.reload} />}
      <AccountTable accounts={whole.data?.accounts ?? accounts} institution={props.institution} place={props.place} />
    </>
  );
}

function Disconnect(props: { connection: Connection; onDone: () => void }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const institution = plain(props.connection.institution) || t('app.bank');
  const disconnect = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      await api.disconnect(props.connection.id);
      setAsking(false);
      props.onDone();
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="plain" onClick={() => setAsking(true)}>{t('disconnect.open')}</button>
      {asking && (
        <ConfirmDialog
          title={t('disconnect.title', { institution })}
          confirm={t('disconnect.confirm')}
          cancel={t('disconnect.cancel')}
          busy={busy}
          onConfirm={() => void disconnect()}
          onCancel={() => setAsking(false)}
        >
          <ul>
            <li>{t('disconnect.text1')}</li>
            <li>{t('disconnect.text2')}</li>
            <li>{t('disconnect.text3')}</li>
            {props.connection.accounts.some((one) => one.link !== null) && <li>{t('disconnect.text4')}</li>}
          </ul>
          {failed !== null && <Failure error={failed} />}
        </ConfirmDialog>
      )}
    </>
  );
}

/** Pauses the connection, or resumes it; what that means is said beside the button's outcome. */
function Rest(props: { connection: Connection; look: 'primary' | 'plain' | ''; onDone: (said: string) => void }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const { id, paused } = props.connection;
  const institution = plain(props.connection.institution) || t('app.bank');
  const change = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      await (paused === null ? api.pause(id) : api.resume(id));
      props.onDone(t(paused === null ? 'pause.done' : 'resume.done', { institution }));
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class={props.look} disabled={busy} onClick={() => void change()}>
        {t(paused === null ? 'pause.open' : 'resume.open')}
      </button>
      {failed !== null && <Failure error={failed} />}
    </>
  );
}

/** The bank's own balances, where the operator lets people ask for them: each answer is billed. */
function CheckBalances(props: { connection: Connection; onDone: (said: string) => void }): JSX.Element | null {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const { id, live_balances: balances } = props.connection;
  if (balances == null || balances.refused) return null;
  const check = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      const { asked, askable_at: next } = await api.checkBalances(id);
      const when = next === null ? '' : formatRelative(next, Date.now(), currentLocale());
      props.onDone(asked ? t('balances.asked') : t('balances.later', { when }));
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="plain" disabled={busy || balances.running} onClick={() => void check()}>{t('balances.check')}</button>
      {balances.error !== null && (
        <p class="small">{t('balances.failed')} {problemWords(balances.error.code, balances.error.text)}</p>
      )}
      {failed !== null && <Failure error={failed} />}
    </>
  );
}

/** What a person can say when the old login stays: that the two are different ones. */
function KeepBoth(props: { id: string; onDone: () => void }): JSX.Element {
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const keep = async (): Promise<void> => {
    try {
      await api.keepBoth(props.id);
      props.onDone();
    } catch (error) {
      setFailed(asApiError(error));
    }
  };
  return (
    <>
      <button type="button" class="plain" onClick={() => void keep()}>{t('handover.keep_both')}</button>
      {failed !== null && <Failure error={failed} />}
    </>
  );
}

function handoverWords(handover: Handover, old: boolean): string {
  const institution = plain(handover.institution) || t('app.bank');
  const first = t(old ? 'handover.old' : 'handover.new', { institution });
  if (handover.other_login && handover.stage === 'waiting') return `${first} ${t('handover.other_login')}`;
  switch (handover.stage) {
    case 'reading': return `${first} ${t('handover.reading')}`;
    case 'moving': return `${first} ${t('handover.moving')}`;
    case 'waiting': return `${first} ${t('handover.waiting', { count: handover.accounts_left })}`;
    default: return `${first} ${t('handover.proven')}`;
  }
}

/** Two connections of which one takes the place of the other: said at both. */
function TakesPlace(props: { connection: Connection; onChanged: () => void }): JSX.Element | null {
  const { replaces, replaced_by: by, id } = props.connection;
  const { can } = useSession();
  if (replaces == null && by == null) return null;
  return (
    <div class="small">
      {replaces != null && <p>{handoverWords(replaces, false)}</p>}
      {by != null && <p>{handoverWords(by, true)}</p>}
      {can.link && replaces != null && replaces.stage !== 'proven' && <KeepBoth id={id} onDone={props.onChanged} />}
    </div>
  );
}

/** A link whose history is still on its way into the books. */
function atWork(account: BankAccount): boolean {
  return account.link !== null && ['waiting_for_account', 'checking_books', 'releasing'].includes(account.link.state);
}

/** Whether anything more can come of the connection. */
function alive(connection: Connection): boolean {
  return !['removed', 'gone', 'revoked'].includes(connection.state);
}

/** The next action as a button; the others beside it, quieter. */
function Actions(props: {
  connection: Connection;
  onSync: (id: string) => void;
  onRest: (said: string) => void;
  onDisconnected: () => void;
}): JSX.Element {
  const { connection } = props;
  const { can } = useSession();
  const next = can.link ? nextAction(connection) : null;
  const live = alive(connection);
  const canSync = live && connection.state !== 'needs_user' && connection.paused === null && connection.activity !== 'syncing';
  const resume = can.link && live && connection.paused !== null;
  const label = t('connections.actions', { institution: connection.institution || t('app.bank') });
  return (
    <div class="actions" role="group" aria-label={label}>
      {resume && next === null && <Rest connection={connection} look="primary" onDone={props.onRest} />}
      {next !== null && next.route !== null && <Go to={next.route} kind="primary">{t(next.key)}</Go>}
      {next !== null && next.sync !== null && (
        <button type="button" class="primary" onClick={() => props.onSync(connection.id)}>{t(next.key)}</button>
      )}
      {resume && next !== null && <Rest connection={connection} look="" onDone={props.onRest} />}
      {can.link && canSync && next?.sync !== connection.id && (
        <button type="button" class="plain" onClick={() => props.onSync(connection.id)}>{t('connections.sync')}</button>
      )}
      {live && connection.accounts.some(atWork) && (
        <Go to={{ name: 'progress', connection: connection.id }}>{t('connections.progress')}</Go>
      )}
      {can.link && live && next?.route?.name !== 'add' && (
        <Go to={{ name: 'add', connection: connection.id }}>{t('connections.add')}</Go>
      )}
      {can.link && canSync && <CheckBalances connection={connection} onDone={props.onRest} />}
      {can.link && live && connection.paused === null && <Rest connection={connection} look="plain" onDone={props.onRest} />}
      {can.link && live && connection.replaced_by == null && next?.route?.name !== 'relink' && (
        <Go to={{ name: 'relink', connection: connection.id }}>{t('connections.relink')}</Go>
      )}
      {can.link && connection.state !== 'removed' && (
        <Disconnect connection={connection} onDone={props.onDisconnected} />
      )}
    </div>
  );
}

export function ConnectionCard(props: {
  connection: Connection;
  onChanged: () => void;
  onSync: (id: string) => void;
}): JSX.Element {
  const { connection } = props;
  const heading = useOwnId('bank');
  const [said, setSaid] = useState('');
  const status = statusOf(connection);
  const institution = plain(connection.institution) || t('app.bank');
  const disconnected = (): void => {
    setSaid(t('disconnect.done', { institution }));
    props.onChanged();
  };
  const rested = (words: string): void => {
    setSaid(words);
    props.onChanged();
  };
  return (
    <article class="card" aria-labelledby={heading}>
      <header class="card-head">
        <div>
          <h3 id={heading}><bdi>{plain(connection.institution) || t('app.bank_unnamed')}</bdi></h3>
          <p class="status">
            <Badge tone={status.tone}>{t(`tone.${status.tone}`)}</Badge> {statusWords(connection)}
          </p>
          {connection.paused !== null && alive(connection) && status.key !== 'status.paused' && (
            <p class="small">{t('status.paused', pausedWords(connection))}</p>
          )}
          {connection.error !== null && connection.state !== 'removed' && (
            <p class="small">
              {!saidBy(status.key, connection.error.code) && problemWords(connection.error.code, connection.error.text)}
              {connection.error.request_id !== '' && (
                <> {t('connections.request_id', { id: connection.error.request_id })}</>
              )}
            </p>
          )}
        </div>
        <Times connection={connection} />
      </header>
      <TakesPlace connection={connection} onChanged={props.onChanged} />
      <div role="status">{said !== '' && <p class="message">{said}</p>}</div>
      <Actions connection={connection} onSync={props.onSync} onRest={rested} onDisconnected={disconnected} />
      <LastSyncLine connection={connection} />
      <Accounts connection={connection} institution={institution} />
    </article>
  );
}

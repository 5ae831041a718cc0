// Before the bank's page opens: what is known and what is not, what is connected already, and the
// button that begins the link session. For connecting, repairing and adding accounts.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { AccountTitle, Failure, Loaded, Page } from '../parts/basics';
import { Feeds } from '../parts/AccountTable';
import { useSession } from '../context';
import { formatTime } from '../dates';
import { currentLocale, t } from '../i18n';
import { asApiError, useResource } from '../resource';
import { go, goInstead, hrefOf } from '../router';
import { preparingSaid } from '../status';
import { plain } from '../text';
import type { Connection, LinkSession, Purpose } from '../types';

const POLL_MS = 700;
const GIVE_UP_MS = 90_000;

type Step =
  | { name: 'ready' }
  | { name: 'preparing'; words: string }
  | { name: 'opening'; address: string }
  | { name: 'failed'; error: api.ApiError };

function failed(code: string, text: string): Step {
  return { name: 'failed', error: new api.ApiError(0, code, {}, text) };
}

/** What to do with the session's present state; null means to ask again. */
function nextStep(session: LinkSession): Step | null {
  if (session.state === 'creating' || (session.state === 'open' && session.hosted_url === null)) return null;
  if (session.state === 'open' && session.hosted_url !== null) {
    return api.mayOpen(session.hosted_url)
      ? { name: 'opening', address: session.hosted_url }
      : failed('client.bad_address', '');
  }
  if (session.state === 'failed') {
    return failed(session.error?.code ?? 'client.unknown', session.error?.text ?? '');
  }
  return null;
}

/** Begins a session and follows it to the address of the bank's page, then goes there. */
function useLinkSession(purpose: Purpose, connection: string | null): { step: Step; begin: () => void; resume: (id: string) => void } {
  const [step, setStep] = useState<Step>({ name: 'ready' });
  const live = useRef(true);
  useEffect(() => () => {
    live.current = false;
  }, []);

  const follow = async (id: string): Promise<void> => {
    const begun = Date.now();
    const end = begun + GIVE_UP_MS;
    while (live.current && Date.now() < end) {
      const session = await api.linkSession(id);
      if (!live.current) return;
      if (!['creating', 'open', 'failed'].includes(session.state)) {
        goInstead({ name: 'link', session: id });
        return;
      }
      const next = nextStep(session);
      if (next !== null) {
        setStep(next);
        if (next.name !== 'opening') return;
        // Back from the bank's page must not open it once more.
        window.history.replaceState(null, '', hrefOf({ name: 'link', session: id }));
        window.location.assign(next.address);
        return;
      }
      setStep({ name: 'preparing', words: t(preparingSaid(session, Date.now() - begun), { code: session.error?.code ?? '' }) });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    if (live.current) setStep(failed('client.unreachable', ''));
  };
  const guarded = async (work: () => Promise<void>): Promise<void> => {
    setStep({ name: 'preparing', words: t('link.preparing') });
    try {
      await work();
    } catch (error) {
      if (live.current) setStep({ name: 'failed', error: asApiError(error) });
    }
  };
  return {
    step,
    begin: () => void guarded(async () => follow((await api.beginLink(purpose, connection)).id)),
    resume: (id) => void guarded(() => follow(id)),
  };
}

/** Somebody has begun already: who, until when, and how to go on. */
function SessionOpen(props: { error: api.ApiError; onResume: (id: string) => void }): JSX.Element {
  const { id, by, mine, expires_at: expires } = props.error.params;
  const until = formatTime(String(expires ?? ''), currentLocale());
  return (
    <div class="failure" role="alert">
      <p>
        {mine === true
          ? t('link.session_open.mine', { until })
          : t('link.session_open.other', { by: String(by ?? ''), until })}
      </p>
      {mine === true && typeof id === 'string' && (
        <button type="button" onClick={() => props.onResume(id)}>{t('link.session_open.resume')}</button>
      )}
    </div>
  );
}

function Begin(props: { purpose: Purpose; connection: string | null; label: string }): JSX.Element {
  const { can } = useSession();
  const { step, begin, resume } = useLinkSession(props.purpose, props.connection);
  if (!can.link) return <p class="look-only">{t('app.look_only')}</p>;
  const busy = step.name === 'preparing' || step.name === 'opening';
  return (
    <>
      {step.name === 'failed' && (step.error.code === 'link.session_open'
        ? <SessionOpen error={step.error} onResume={resume} />
        : <Failure error={step.error} />)}
      <div class="buttons">
        <button type="button" class="primary" disabled={busy} onClick={begin}>{props.label}</button>
        <button type="button" class="plain" onClick={() => go({ name: 'connections' })}>{t('app.back')}</button>
      </div>
      <p role="status">
        {step.name === 'preparing' && step.words}
        {step.name === 'opening' && (
          <>{t('link.opening')} <a href={step.address}>{t('link.open_yourself')}</a></>
        )}
      </p>
    </>
  );
}

function Next(props: { repair: boolean }): JSX.Element {
  return (
    <section aria-labelledby="next">
      <h2 id="next">{t('link.next')}</h2>
      <ol>
        <li>{t('link.next1')}</li>
        <li>{t(props.repair ? 'link.next2_repair' : 'link.next2')}</li>
        <li>{t(props.repair ? 'link.next3_repair' : 'link.next3')}</li>
      </ol>
    </section>
  );
}

export function Connect(): JSX.Element {
  return (
    <Page title={t('link.connect.title')} back>
      <p class="lead">{t('link.connect.lead')}</p>
      <Next repair={false} />
      <Begin purpose="connect" connection={null} label={t('link.connect.begin')} />
    </Page>
  );
}

function OfConnection(props: {
  id: string;
  title: 'link.add.title' | 'link.repair.title' | 'link.relink.title';
  children: (connection: Connection, institution: string) => ComponentChildren;
}): JSX.Element {
  const connection = useResource(`connection ${props.id}`, () => api.connection(props.id), () => 0);
  const institution = plain(connection.data?.institution ?? '') || t('app.bank');
  return (
    <Page title={t(props.title, { institution })} back>
      <Loaded from={connection}>{(data) => props.children(data, institution)}</Loaded>
    </Page>
  );
}

export function Repair(props: { id: string }): JSX.Element {
  return (
    <OfConnection id={props.id} title="link.repair.title">
      {() => (
        <>
          <p class="lead">{t('link.repair.lead')}</p>
          <Next repair />
          <Begin purpose="repair" connection={props.id} label={t('link.repair.begin')} />
        </>
      )}
    </OfConnection>
  );
}

/** `keep` is what ticking means: in an update an account goes when it is unticked, beside an old login it stays there. */
function AlreadyConnected(props: { connection: Connection; keep: 'link.add.keep' | 'link.relink.keep' }): JSX.Element | null {
  const accounts = props.connection.accounts.filter((one) => one.state !== 'not_shared');
  if (accounts.length === 0) return null;
  return (
    <section aria-labelledby="connected">
      <h2 id="connected">{t('link.add.connected')}</h2>
      <ul class="card plain-list">
        {accounts.map((account) => (
          <li key={account.id} class="columns">
            <AccountTitle name={account.name} mask={account.mask} />
            <div><Feeds account={account} /></div>
          </li>
        ))}
      </ul>
      <p class="small">{t(props.keep)}</p>
    </section>
  );
}

/** A new login in the place of the old one: which accounts it takes over is decided in the review. */
function RelinkBody(props: { connection: Connection; institution: string; lead: 'link.relink.lead' | 'link.relink.choose' }): JSX.Element {
  return (
    <>
      <p class="lead">{t(props.lead, { institution: props.institution })}</p>
      <AlreadyConnected connection={props.connection} keep="link.relink.keep" />
      <p>{t('link.relink.keeps')}</p>
      <Next repair={false} />
      <Begin purpose="relink" connection={props.connection.id} label={t('link.connect.begin')} />
    </>
  );
}

export function Relink(props: { id: string }): JSX.Element {
  return (
    <OfConnection id={props.id} title="link.relink.title">
      {(connection, institution) => <RelinkBody connection={connection} institution={institution} lead="link.relink.lead" />}
    </OfConnection>
  );
}

export function AddAccounts(props: { id: string }): JSX.Element {
  return (
    <OfConnection id={props.id} title="link.add.title">
      {(connection, institution) => connection.choose_by === 'relink' ? (
        <RelinkBody connection={connection} institution={institution} lead="link.relink.choose" />
      ) : (
        <>
          <p class="lead">{t(connection.new_accounts ? 'link.add.known' : 'link.add.unknown', { institution })}</p>
          <AlreadyConnected connection={connection} keep="link.add.keep" />
          <Next repair={false} />
          <Begin purpose="add_accounts" connection={props.id} label={t('link.add.begin')} />
        </>
      )}
    </OfConnection>
  );
}

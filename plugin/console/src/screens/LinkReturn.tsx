// After the bank's page: waits until the session has an end, and goes on from there.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as api from '../api';
import { leaveMessage, useSession } from '../context';
import { Failure, Go, Loaded, Page } from '../parts/basics';
import { providerWords, t } from '../i18n';
import { asApiError, useResource } from '../resource';
import { goInstead, wasSentBack } from '../router';
import type { Route } from '../router';
import { plain } from '../text';
import type { LinkSession } from '../types';

const STILL_OPEN_MS = 5_000;

function every(session: LinkSession | null): number {
  return session === null || ['creating', 'open', 'finishing'].includes(session.state) ? 1_000 : 0;
}

function again(session: LinkSession): Route {
  if (session.connection_id === null || session.purpose === 'connect') return { name: 'connect' };
  const name = session.purpose === 'add_accounts' ? 'add' : session.purpose;
  return { name, connection: session.connection_id };
}

/** Where a finished session leads: to the review when there is something to look at. */
async function leave(session: LinkSession): Promise<void> {
  const id = session.connection_id;
  if (id === null) {
    goInstead({ name: 'connections' });
    return;
  }
  if (session.purpose !== 'connect') {
    const connection = await api.connection(id);
    const institution = connection.institution || t('app.bank');
    if (connection.paused !== null) {
      leaveMessage(t('link.paused', { institution }));
      goInstead({ name: 'connections' });
      return;
    }
    if (session.purpose === 'repair' && connection.to_decide === 0) {
      leaveMessage(t('link.repaired', { institution }));
      goInstead({ name: 'connections' });
      return;
    }
  }
  goInstead({ name: 'review', connection: id });
}

/** The bank's page was left by Back: there is a way to it, and one out. */
function StillOpen(props: { session: LinkSession; text: 'link.open.text' | 'link.still_open' }): JSX.Element {
  const address = props.session.hosted_url;
  return (
    <>
      <p role="status">{t(props.text)}</p>
      <div class="buttons">
        {address !== null && api.mayOpen(address) && (
          <a class="button primary" href={address}>{t('link.back_to_bank')}</a>
        )}
        <Go to={{ name: 'connections' }} kind="button">{t('link.give_up')}</Go>
      </div>
    </>
  );
}

/** The bank's page sent the browser back, and its word about the end may take a few seconds more. */
function AwaitingWord(props: { session: LinkSession }): JSX.Element {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), STILL_OPEN_MS);
    return () => clearTimeout(timer);
  }, []);
  return late ? <StillOpen session={props.session} text="link.still_open" />
    : <p role="status" class="loading">{t('link.finishing.text')}</p>;
}

/** One thing that a person may say about a result that waits. */
function Choice(props: { label: string; act: () => Promise<void> }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const act = async (): Promise<void> => {
    setBusy(true);
    try {
      await props.act();
    } catch (error) {
      setFailed(asApiError(error));
      setBusy(false);
    }
  };
  return (
    <>
      {failed !== null && <Failure error={failed} />}
      <p><button type="button" disabled={busy} onClick={() => void act()}>{props.label}</button></p>
    </>
  );
}

/** The login seems to be connected already: add to that one, or say that it is another. */
function Duplicate(props: { session: LinkSession; onChanged: () => void }): JSX.Element {
  const { session } = props;
  const { can } = useSession();
  const waits = session.error === null;
  const institution = plain(session.duplicate_of?.institution ?? '') || t('app.bank');
  const connect = async (as: 'own' | 'successor'): Promise<void> => {
    await api.connectAnyway(session.id, as);
    props.onChanged();
  };
  const add = async (): Promise<void> => goInstead({ name: 'link', session: (await api.addToExisting(session.id)).id });
  if (!waits || !can.link) return <p>{t('link.duplicate.text', { institution })}</p>;
  return (
    <>
      <p>{t('link.duplicate.text', { institution })}</p>
      <Choice label={t('link.duplicate.add', { institution })} act={add} />
      <p>{t('link.duplicate.replace_text')}</p>
      <Choice label={t('link.duplicate.replace', { institution })} act={() => connect('successor')} />
      <p>{t('link.duplicate.other')}</p>
      <p class="small">{t('link.duplicate.risk', { institution })}</p>
      <Choice label={t('link.duplicate.anyway')} act={() => connect('own')} />
    </>
  );
}

/** A relink came back with what seems to be another login. */
function OtherLogin(props: { session: LinkSession; onChanged: () => void }): JSX.Element {
  const { session } = props;
  const { can } = useSession();
  const connect = async (as: 'own' | 'successor'): Promise<void> => {
    await api.connectAnyway(session.id, as);
    props.onChanged();
  };
  const drop = async (): Promise<void> => {
    await api.dropLink(session.id);
    goInstead(again(session));
  };
  return (
    <>
      <p>{t('link.other_login.text')}</p>
      {can.link && session.error === null && (
        <>
          <Choice label={t('link.other_login.drop')} act={drop} />
          <Choice label={t('link.other_login.own')} act={() => connect('own')} />
          <Choice label={t('link.other_login.successor')} act={() => connect('successor')} />
        </>
      )}
    </>
  );
}

function Ended(props: { session: LinkSession; onChanged: () => void }): JSX.Element {
  const { session } = props;
  if (session.state === 'duplicate') return <Duplicate session={session} onChanged={props.onChanged} />;
  if (session.state === 'other_login') return <OtherLogin session={session} onChanged={props.onChanged} />;
  // The session's own ends are told by the title.
  const told = session.error === null || session.error.code === `link.${session.state}`;
  return (
    <>
      {session.error !== null && !told && (
        <div class="failure">
          <p>{providerWords(session.error.code, session.error.text)}</p>
          <p class="small">
            {t('error.code', { code: session.error.code })}
            {session.error.request_id !== '' && (
              <> · {t('connections.request_id', { id: session.error.request_id })}</>
            )}
          </p>
        </div>
      )}
      <p>{t('link.unchanged')}</p>
      <p><Go to={again(session)} kind="primary">{t('link.begin_again')}</Go></p>
    </>
  );
}

const TITLES = {
  exited: 'link.exited.title',
  expired: 'link.expired.title',
  failed: 'link.failed.title',
  duplicate: 'link.duplicate.title',
  other_login: 'link.other_login.title',
  creating: 'link.preparing',
  open: 'link.open.title',
  finishing: 'link.finishing.title',
  done: 'link.finishing.title',
} as const;

/** What is drawn: the state, save that after a return by the bank's page "open" is on its way out. */
function viewOf(session: LinkSession | null): LinkSession['state'] {
  if (session === null) return 'finishing';
  return session.state === 'open' && wasSentBack(session.id) ? 'finishing' : session.state;
}

function Content(props: { session: LinkSession; view: LinkSession['state']; onChanged: () => void }): JSX.Element {
  const { session, view } = props;
  switch (view) {
    case 'creating': return <p class="loading" role="status">{t('app.loading')}</p>;
    case 'open': return <StillOpen session={session} text="link.open.text" />;
    case 'finishing':
    case 'done':
      return session.state === 'open' ? <AwaitingWord session={session} />
        : <p role="status" class="loading">{t('link.finishing.text')}</p>;
    default: return <Ended session={session} onChanged={props.onChanged} />;
  }
}

export function LinkReturn(props: { id: string }): JSX.Element {
  const session = useResource(`link ${props.id}`, () => api.linkSession(props.id), every);
  const state = session.data?.state;
  useEffect(() => {
    if (session.data?.state !== 'done') return;
    leave(session.data).catch(() => goInstead({ name: 'connections' }));
  }, [state]);
  const view = viewOf(session.data);
  const title = session.data === null ? t('app.loading') : t(TITLES[view]);
  return (
    <Page key={TITLES[view]} title={title} back focus={view !== 'finishing' && view !== 'done'}>
      <Loaded from={session}>
        {(data) => <Content session={data} view={view} onChanged={session.reload} />}
      </Loaded>
    </Page>
  );
}

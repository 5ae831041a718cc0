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
  return { name: session.purpose === 'repair' ? 'repair' : 'add', connection: session.connection_id };
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

/** The person may know better: another login at the same bank is no duplicate. */
function ConnectAnyway(props: { id: string; onDone: () => void }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const connect = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.connectAnyway(props.id);
      props.onDone();
    } catch (error) {
      setFailed(asApiError(error));
      setBusy(false);
    }
  };
  return (
    <>
      <p>{t('link.duplicate.other')}</p>
      {failed !== null && <Failure error={failed} />}
      <p><button type="button" disabled={busy} onClick={() => void connect()}>{t('link.duplicate.anyway')}</button></p>
    </>
  );
}

function Ended(props: { session: LinkSession; onChanged: () => void }): JSX.Element {
  const { session } = props;
  const { can } = useSession();
  if (session.state === 'duplicate') {
    const of = session.duplicate_of;
    const institution = plain(of?.institution ?? '') || t('app.bank');
    return (
      <>
        <p>{t('link.duplicate.text', { institution })}</p>
        {of !== null && (
          <p>
            <Go to={{ name: 'add', connection: of.connection_id }} kind="primary">
              {t('link.duplicate.add', { institution })}
            </Go>
          </p>
        )}
        {can.link && <ConnectAnyway id={session.id} onDone={props.onChanged} />}
      </>
    );
  }
  // The session's own ends are told by the title.
  const told = session.error === null || session.error.code === `link.${session.state}`;
  return (
    <>
      {session.error !== null && !told && (
        <div class="failure">
          <p>{providerWords(session.error.code, session.error.text)}</p>
          <p class="small">
            {t('error.code', { code: session.error.code })}
            {(session.error.request_id ?? '') !== '' && (
              <> · {t('connections.request_id', { id: session.error.request_id ?? '' })}</>
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

// The frame around every screen: navigation, language, who is signed in.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as api from './api';
import { SessionContext } from './context';
import { currentLanguage, languages, storeLanguage, t, useLanguageOf, word } from './i18n';
import type { Language } from './i18n';
import { Loaded, Page, useOwnId } from './parts/basics';
import { useResource } from './resource';
import { hrefOf, parseRoute } from './router';
import type { Route } from './router';
import { Activity } from './screens/Activity';
import { Connections } from './screens/Connections';
import { Health } from './screens/Health';
import { Held } from './screens/Held';
import { AddAccounts, Connect, Relink, Repair } from './screens/LinkStart';
import { LinkReturn } from './screens/LinkReturn';
import { Progress } from './screens/Progress';
import { Review } from './screens/Review';
import type { Session } from './types';

function Unknown(): JSX.Element {
  return <Page title={t('unknown.title')} back><p>{t('unknown.text')}</p></Page>;
}

function Screen(props: { route: Route }): JSX.Element {
  const { route } = props;
  switch (route.name) {
    case 'connections': return <Connections />;
    case 'connect': return <Connect />;
    case 'repair': return <Repair id={route.connection} />;
    case 'add': return <AddAccounts id={route.connection} />;
    case 'relink': return <Relink id={route.connection} />;
    case 'link': return <LinkReturn id={route.session} />;
    case 'review': return <Review id={route.connection} />;
    case 'progress': return <Progress id={route.connection} />;
    case 'held': return <Held account={route.account} />;
    case 'activity': return <Activity />;
    case 'health': return <Health />;
    case 'unknown': return <Unknown />;
  }
}

/** The screen's identity: another account of the same list is the same screen. */
function identity(route: Route): string {
  return route.name === 'held' ? 'held' : hrefOf(route) + route.name;
}

function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const read = (): void => setHash(window.location.hash);
    window.addEventListener('hashchange', read);
    window.addEventListener('popstate', read);
    window.addEventListener('pageshow', read);
    return () => {
      window.removeEventListener('hashchange', read);
      window.removeEventListener('popstate', read);
      window.removeEventListener('pageshow', read);
    };
  }, []);
  return parseRoute(hash);
}

function LanguagePicker(props: { onChange: (language: Language) => void }): JSX.Element {
  const id = useOwnId('language');
  return (
    <div class="language">
      <label for={id} class="hidden">{t('app.language')}</label>
      <select
        id={id}
        value={currentLanguage()}
        onChange={(event) => props.onChange(event.currentTarget.value === 'zh' ? 'zh' : 'en')}
      >
        {Object.entries(languages).map(([code, name]) => (
          <option key={code} value={code} lang={code}>{name}</option>
        ))}
      </select>
    </div>
  );
}

function Navigation(props: { route: Route; session: Session | null }): JSX.Element {
  const { name } = props.route;
  const inConnections = !['held', 'activity', 'health', 'unknown'].includes(name);
  const items: [Route, string, boolean][] = [
    [{ name: 'connections' }, t('nav.connections'), inConnections],
    [{ name: 'held', account: null }, t('nav.held'), name === 'held'],
    [{ name: 'activity' }, t('nav.activity'), name === 'activity'],
  ];
  if (props.session?.can.operate === true) {
    items.push([{ name: 'health' }, t('nav.health'), name === 'health']);
  }
  return (
    <nav aria-label={t('app.nav')}>
      <ul>
        {items.map(([to, label, here]) => (
          <li key={label}><a href={hrefOf(to)} aria-current={here ? 'page' : undefined}>{label}</a></li>
        ))}
      </ul>
    </nav>
  );
}

/** The way back to the ledger application, which has the log-out too. */
function Books(props: { address: string | null }): JSX.Element | null {
  if (typeof props.address !== 'string' || !/^https?:\/\//i.test(props.address)) return null;
  return <a class="books" href={props.address}>{t('app.books')}</a>;
}

function Foot(props: { session: Session }): JSX.Element {
  const { environment, user, version } = props.session;
  return (
    <footer>
      <span>{t('app.signed_in', { user: user.name })}</span>
      {environment !== 'production' && (
        <span>{t('app.environment', { environment: word('environment', environment, environment) })}</span>
      )}
      <span>{t('app.version', { version })}</span>
    </footer>
  );
}

export function App(): JSX.Element {
  const route = useRoute();
  const session = useResource('session', api.session, () => 0);
  const [language, setLanguage] = useState(currentLanguage());
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
  }, [language]);
  const choose = (wanted: Language): void => {
    storeLanguage(wanted);
    useLanguageOf(wanted, navigator.languages);
    setLanguage(wanted);
  };
  const skip = (event: Event): void => {
    event.preventDefault();
    document.getElementById('main')?.focus();
  };
  return (
    <>
      <a href="#main" class="skip" onClick={skip}>{t('app.skip')}</a>
      <header class="top">
        <span class="brand">{t('app.name')}</span>
        <Navigation route={route} session={session.data} />
        <Books address={session.data?.books_url ?? null} />
        <LanguagePicker onChange={choose} />
      </header>
      <main id="main" tabIndex={-1}>
        {session.data === null
          ? <Page title={t('app.name')}><Loaded from={session}>{() => null}</Loaded></Page>
          : (
            <SessionContext.Provider value={session.data}>
              <Screen key={identity(route)} route={route} />
            </SessionContext.Provider>
          )}
      </main>
      {session.data !== null && <Foot session={session.data} />}
    </>
  );
}

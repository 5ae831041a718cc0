// The frame around every screen: navigation, language, who is signed in.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from './api';
import { SessionContext } from './context';
import { currentLanguage, languages, storeLanguage, t, useLanguageOf, word } from './i18n';
import type { Language } from './i18n';
import { wordsOf } from './i18n/load';
import { Loaded, Page, useOwnId } from './parts/basics';
import { useResource } from './resource';
import { hrefOf, pageOf, parseRoute } from './router';
import type { Route } from './router';
import { Connections } from './screens/Connections';
import { Later } from './screens/Later';
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
    case 'connect': return <Later draw={({ Connect }) => <Connect />} />;
    case 'repair': return <Later draw={({ Repair }) => <Repair id={route.connection} />} />;
    case 'add': return <Later draw={({ AddAccounts }) => <AddAccounts id={route.connection} />} />;
    case 'relink': return <Later draw={({ Relink }) => <Relink id={route.connection} />} />;
    case 'link': return <Later draw={({ LinkReturn }) => <LinkReturn id={route.session} />} />;
    case 'review': return <Review id={route.connection} />;
    case 'progress': return <Progress id={route.connection} />;
    case 'held': return <Later draw={({ Held }) => <Held account={route.account} reason={route.reason ?? null} />} />;
    case 'activity': return <Later draw={({ Activity }) => <Activity />} />;
    case 'imports': return <Later draw={({ Imports }) => <Imports />} />;
    case 'import': return <Later draw={({ ImportDetail }) => <ImportDetail id={route.id} />} />;
    case 'changes': return <Later draw={({ Changes }) => <Changes />} />;
    case 'health': return <Later draw={({ Health }) => <Health />} />;
    case 'erase': return <Later draw={({ Erase }) => <Erase />} />;
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

/** `wanted` is shown at once, also while its words are still being fetched. */
function LanguagePicker(props: { wanted: Language; onChange: (language: Language) => void }): JSX.Element {
  const id = useOwnId('language');
  return (
    <div class="language">
      <label for={id} class="hidden">{t('app.language')}</label>
      <select
        id={id}
        value={props.wanted}
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
  const inConnections = !['held', 'activity', 'imports', 'import', 'changes', 'health', 'erase', 'unknown'].includes(name);
  const inRecords = ['activity', 'imports', 'import', 'changes'].includes(name);
  const items: [Route, string, boolean][] = [
    [{ name: 'connections' }, t('nav.connections'), inConnections],
    [{ name: 'held', account: null }, t('nav.held'), name === 'held'],
    [{ name: 'activity' }, t('nav.activity'), inRecords],
  ];
  if (props.session?.can.operate === true) {
    items.push([{ name: 'health' }, t('nav.health'), name === 'health' || name === 'erase']);
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
  const address = pageOf(props.address);
  return address === null ? null : <a class="books" href={address}>{t('app.books')}</a>;
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

interface LanguageChoice {
  /** What was chosen last; its words may still be on their way. */
  wanted: Language;
  /** The language whose words could not be fetched; what was said before is still said. */
  missing: Language | null;
  choose(language: Language): void;
}

function useLanguageChoice(missed: Language | null): LanguageChoice {
  const [language, setLanguage] = useState(currentLanguage());
  const [wanted, setWanted] = useState(language);
  const [missing, setMissing] = useState(missed);
  const last = useRef(language);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
  }, [language]);
  const choose = async (next: Language): Promise<void> => {
    last.current = next;
    setWanted(next);
    setMissing(null);
    try {
      const words = await wordsOf(next);
      if (last.current !== next) return; // another one was chosen meanwhile
      useLanguageOf(next, words, navigator.languages);
      storeLanguage(next);
      setLanguage(next);
    } catch {
      if (last.current !== next) return;
      last.current = currentLanguage();
      setWanted(last.current);
      setMissing(next);
    }
  };
  return { wanted, missing, choose: (next) => void choose(next) };
}

/** `missing` is the language that the reader should have, when its words could not be fetched. */
export function App(props: { missing: Language | null }): JSX.Element {
  const route = useRoute();
  const session = useResource('session', api.session, () => 0);
  const { wanted, missing, choose } = useLanguageChoice(props.missing);
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
        <LanguagePicker wanted={wanted} onChange={choose} />
      </header>
      <main id="main" tabIndex={-1}>
        {missing !== null && (
          <div class="failure" role="alert">
            <p>{t('app.language_missing', { language: languages[missing] })}</p>
            <button type="button" onClick={() => choose(missing)}>{t('app.try_again')}</button>
          </div>
        )}
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

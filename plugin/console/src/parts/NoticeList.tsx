// Open notices: what an administrator must know or do, each with one action.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useSession } from '../context';
import { formatDate, formatDays, formatRelative, formatTime } from '../dates';
import { currentLocale, problemWords, t, word } from '../i18n';
import type { Words } from '../i18n';
import { formatDecimal } from '../money';
import { pageOf } from '../router';
import { changes, noticeAction } from '../status';
import type { Connection, Notice } from '../types';
import { Badge, Go, When } from './basics';

function wordsOf(notice: Notice, connections: Connection[]): Words {
  const words: Words = {
    institution: connections.find((one) => one.id === notice.subject)?.institution || t('app.bank'),
    count: 0,
    problem: '',
    name: '',
    bank_account: '',
    ends_at: '',
    days: '',
    since: '',
    last_sent_at: '',
    address: '',
  };
  for (const [name, value] of Object.entries(notice.params)) {
    if (typeof value === 'number') words[name] = value;
    if (typeof value === 'string' && value !== '') words[name] = value;
  }
  const reason = notice.params['reason'];
  words['problem'] = typeof reason === 'string'
    ? word('refusal', reason, reason)
    : problemWords(String(notice.params['code'] ?? ''), String(notice.params['text'] ?? ''));
  words['since'] = formatDate(String(words['since']), currentLocale());
  words['days'] = formatDays(String(words['first_date'] ?? ''), String(words['last_date'] ?? ''), currentLocale());
  const sent = String(words['last_sent_at']);
  if (sent !== '') words['last_sent_at'] = formatTime(sent, currentLocale());
  const ends = String(words['ends_at']);
  // Which of the two has more is said by the sentence.
  if (typeof words['difference'] === 'string') words['difference'] = formatDecimal(words['difference'].replace('-', ''), String(words['currency']), currentLocale());
  words['ends_at'] = ends.length === 10 ? formatDate(ends, currentLocale()) : formatTime(ends, currentLocale());
  return words;
}

/** A notice about a feed names a bank account: its held transactions are on the page of that one. */
function located(notice: Notice): Notice {
  if (notice.kind === 'feed_held') return { ...notice, subject: String(notice.params['bank_account_id'] ?? '') };
  return notice.connection_id == null ? notice : { ...notice, params: { connection_id: notice.connection_id, ...notice.params } };
}

/** An end is told with its date when the bank named one; an opening balance by whether it is booked; a difference by who has more. */
function kindOf(notice: Notice): string {
  if (notice.kind === 'feed_held' && Number(notice.params['behind'] ?? 0) > 0) return 'feed_held_long';
  const ends = notice.params['ends_at'];
  if (notice.kind === 'balance_differs' && String(notice.params['difference']).startsWith('-')) return 'balance_differs_less';
  if (notice.kind === 'opening_missing' && notice.params['booked'] === 1) return 'opening_unchecked';
  return notice.kind === 'end_announced' && typeof ends === 'string' && ends !== '' ? 'end_announced_on' : notice.kind;
}

/** When it is tried again, as long as that is to come. */
function nextTry(notice: Notice): string {
  const at = notice.params['next_try_at'];
  if (typeof at !== 'string' || !(Date.parse(at) > Date.now())) return '';
  return t('progress.next_try', { next: formatRelative(at, Date.now(), currentLocale()) });
}

/** More than these are shown when somebody asks for them. */
const AT_FIRST = 10;

export function NoticeList(props: {
  notices: Notice[];
  connections: Connection[];
  onSync: (connection: string) => void;
  onDismiss: (notice: string) => void;
}): JSX.Element | null {
  const { can, books_url: books } = useSession();
  const [all, setAll] = useState(false);
  if (props.notices.length === 0) return null;
  const shown = all ? props.notices : props.notices.slice(0, AT_FIRST);
  return (
    <section aria-labelledby="notices">
      <h2 id="notices">{t('connections.notices')}</h2>
      <ul class="notices">
        {shown.map((notice) => {
          const action = noticeAction(located(notice), can.operate, pageOf(books));
          const allowed = action !== null && (can.link || !changes(action));
          const { sync, route } = action ?? { sync: null, route: null };
          const request = notice.params['request_id'];
          return (
            <li key={notice.id} class={`notice ${notice.severity}`}>
              <div class="notice-text">
                <p>
                  <Badge tone={notice.severity}>{word('severity', notice.severity, notice.severity)}</Badge>{' '}
                  {word('notice', kindOf(notice), notice.kind, wordsOf(notice, props.connections)).trim()}
                </p>
                <p class="small">
                  <When at={notice.opened_at} />
                  {nextTry(notice) !== '' && <> · {nextTry(notice)}</>}
                  {typeof request === 'string' && request !== '' && (
                    <> · {t('connections.request_id', { id: request })}</>
                  )}
                </p>
              </div>
              {allowed && route !== null && <Go to={route} kind="primary">{t(action.key)}</Go>}
              {allowed && action.books !== undefined && <a class="button" href={action.books}>{t(action.key)}</a>}
              {allowed && sync !== null && (
                <button type="button" onClick={() => props.onSync(sync)}>{t(action.key)}</button>
              )}
              {can.link && notice.dismissible === true && (
                <button type="button" onClick={() => props.onDismiss(notice.id)}>{t('connections.dismiss')}</button>
              )}
            </li>
          );
        })}
      </ul>
      {shown.length < props.notices.length && (
        <p><button type="button" onClick={() => setAll(true)}>{t('connections.all_notices', { count: props.notices.length })}</button></p>
      )}
    </section>
  );
}

// The review: what the bank shares left, what it feeds right, old beside new, and one Apply.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { leaveMessage, useSession } from '../context';
import { checksOf, decisionsOf, draftOf, filtersOf, firstDraft, NO_FILTER, passes, staysOpen, summaryOf, syncsWhen, verbOf, whatHolds } from '../draft';
import type { Draft, Filter, Holds, RowDraft, Summary } from '../draft';
import { t, word } from '../i18n';
import { draftKey, forgetDraft, keepDraft, keptDraft } from '../keptDraft';
import { DecisionRow, rowId } from '../parts/DecisionRow';
import { DecidedRow } from '../parts/ReviewSides';
import { Failure, Go, Loaded, Page } from '../parts/basics';
import { asApiError, useResource } from '../resource';
import { go } from '../router';
import { plain } from '../text';
import type { Conflict, Decision, Review as ReviewData, ReviewRow as ReviewRowData } from '../types';

/** Gaps that a person is about to fill; they are pointed out only when Apply was pressed. */
const GAPS = ['ledger_account_missing', 'name_missing'];

type Conflicts = Record<string, Conflict[]>;

/** The conflicts of a refusal, by bank account. */
function conflictsOf(error: api.ApiError): Conflicts {
  const list = error.params['conflicts'];
  if (!Array.isArray(list)) return {};
  const found: Conflicts = {};
  for (const one of list as Partial<Conflict>[]) {
    if (typeof one.bank_account_id !== 'string' || typeof one.code !== 'string') continue;
    const conflict: Conflict = {
      bank_account_id: one.bank_account_id,
      code: one.code,
      params: one.params ?? {},
      choices: Array.isArray(one.choices) ? one.choices : [],
    };
    found[one.bank_account_id] = [...(found[one.bank_account_id] ?? []), conflict];
  }
  return found;
}

function useKeptDraft(key: string, review: ReviewData): [Draft, (draft: Draft) => void] {
  const [draft, setDraft] = useState<Draft>(() => draftOf(review, keptDraft(key, Date.now())));
  const change = (next: Draft): void => {
    keepDraft(key, next, Date.now());
    setDraft(next);
  };
  useEffect(() => {
    setDraft((before) => draftOf(review, before));
  }, [review]);
  return [draft, change];
}

/** `first`: nothing has to be mended before. */
function summaryWords(summary: Summary, first: boolean, connection: ReviewData['connection']): string {
  const parts: string[] = [];
  const when = syncsWhen(connection);
  const said = when === 'review.summary.link' && !first ? 'review.summary.link_then' : when;
  if (summary.link > 0) parts.push(t(said, { count: summary.link }));
  if (summary.unsaid > 0) parts.push(t('review.summary.unsaid', { count: summary.unsaid }));
  if (summary.aside > 0) parts.push(t('review.summary.aside', { count: summary.aside }));
  if (summary.later > 0) parts.push(t('review.summary.later', { count: summary.later }));
  return parts.length === 0 ? t('review.summary.none') : parts.join(t('review.summary.join'));
}

/**
 * Why Apply did not succeed, beside the button that was pressed. The focus goes to the first row that
 * is in the way, and here when there is none.
 */
function NotApplied(props: { failed: api.ApiError; holds: Holds | null; connection: string }): JSX.Element {
  const { failed, holds } = props;
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failed.code !== 'review.conflict') note.current?.focus();
  }, [failed]);
  const conflict = failed.code === 'review.conflict';
  const lost = failed.code === 'client.unreachable';
  const meanwhile = failed.code === 'review.decided_meanwhile';
  const said = conflict ? 'review.refused' : meanwhile ? 'error.review.decided_meanwhile'
    : holds === null ? 'review.lost' : `review.lost.${holds}` as const;
  return (
    <div class="not-applied" tabIndex={-1} ref={note}>
      {conflict || lost || meanwhile
        ? (
          <div class={holds === 'all' ? 'message' : 'failure'} role="alert">
            <p>{t(said)}</p>
            {!conflict && holds !== 'none' && <p><Go to={{ name: 'progress', connection: props.connection }}>{t('connections.progress')}</Go></p>}
          </div>
        )
        : <Failure error={failed} />}
    </div>
  );
}

function ApplyBar(props: {
  connection: string;
  head: ReviewData['connection'];
  summary: Summary;
  blocked: number;
  busy: boolean;
  /** Decisions in rows that are filtered out. */
  hidden: number;
  failed: api.ApiError | null;
  holds: Holds | null;
  /** Nothing is left to decide: then there is only what went wrong. */
  empty: boolean;
  onApply: () => void;
  onReset: () => void;
}): JSX.Element {
  const { summary, failed } = props;
  const why = failed === null ? null : <NotApplied failed={failed} holds={props.holds} connection={props.connection} />;
  if (props.empty) return <section class="apply-bar" aria-label={t('review.summary')}>{why}</section>;
  return (
    <section class="apply-bar" aria-label={t('review.summary')}>
      {why}
      <div role="status">
        <p><strong>{props.blocked > 0 ? t('review.blocked', { count: props.blocked }) : summaryWords(summary, true, props.head)}</strong></p>
        {props.blocked > 0 && <p class="small">{t('review.summary.then', { summary: summaryWords(summary, false, props.head) })}</p>}
        {props.hidden > 0 && <p class="small">{t('review.filter.hidden', { count: props.hidden })}</p>}
      </div>
      <div class="buttons">
        <button type="button" class="plain" onClick={props.onReset}>{t('review.reset')}</button>
        <button type="button" class="primary" disabled={props.busy} onClick={props.onApply}>
          {props.busy ? t('review.applying') : t(verbOf(summary), { count: summary.link, aside: summary.aside })}
        </button>
      </div>
    </section>
  );
}

function Nothing(props: { connection: string; institution: string }): JSX.Element {
  return (
    <section class="card" aria-labelledby="nothing">
      <h2 id="nothing">{t('review.nothing.title')}</h2>
      <p>{t('review.nothing.text', { institution: props.institution })}</p>
      <p><Go to={{ name: 'add', connection: props.connection }} kind="button">{t('action.choose')}</Go></p>
    </section>
  );
}

/** Rows under a heading. Each row says itself what the columns mean, to those who do not see them. */
function Rows(props: { id: string; title: string; children: JSX.Element[] }): JSX.Element | null {
  if (props.children.length === 0) return null;
  return (
    <section aria-labelledby={props.id}>
      <h2 id={props.id}>{props.title}</h2>
      <div class="review-head" aria-hidden="true"><span>{t('review.bank')}</span><span>{t('review.ledger')}</span></div>
      <ul class="review">{props.children}</ul>
    </section>
  );
}

/** Offered where there is more than one currency or type. */
function Filters(props: { review: ReviewData; filter: Filter; shown: number; onChange: (filter: Filter) => void }): JSX.Element | null {
  const { filter, onChange } = props;
  const { currencies, types } = filtersOf(props.review);
  if (currencies.length < 2 && types.length < 2) return null;
  return (
    <fieldset class="filters">
      <legend class="hidden">{t('review.filter')}</legend>
      {currencies.length > 1 && (
        <label>
          {t('review.filter.currency')}{' '}
          <select value={filter.currency} onChange={(event) => onChange({ ...filter, currency: event.currentTarget.value })}>
            <option value="">{t('review.filter.all')}</option>
            {currencies.map((one) => <option key={one} value={one}>{one}</option>)}
          </select>
        </label>
      )}
      {types.length > 1 && (
        <label>
          {t('review.filter.type')}{' '}
          <select value={filter.type} onChange={(event) => onChange({ ...filter, type: event.currentTarget.value })}>
            <option value="">{t('review.filter.all')}</option>
            {types.map((one) => <option key={one} value={one}>{word('accountType', one, one)}</option>)}
          </select>
        </label>
      )}
      <p class="small" role="status">{t('review.filter.shown', { shown: props.shown, all: props.review.accounts.length })}</p>
    </fieldset>
  );
}

/** New accounts that stay open need no request. */
function changesNothing(review: ReviewData, draft: Draft): boolean {
  return review.accounts.every((row) => {
    const chosen = draft[row.account.id];
    return chosen === undefined || staysOpen(row, chosen);
  });
}

function focusOn(account: string): void {
  requestAnimationFrame(() => document.getElementById(rowId(account, 'conflict'))?.focus());
}

/** The review, and when it was read. */
interface Read {
  data: ReviewData;
  readAt: number;
}

/** Applies a draft and goes where its effects can be seen. */
function useApply(id: string, { data: review, readAt }: Read, draft: Draft, forget: () => void, reload: () => void): {
  busy: boolean;
  failed: api.ApiError | null;
  holds: Holds | null;
  refused: Conflicts;
  setRefused: (conflicts: Conflicts) => void;
  apply: () => Promise<void>;
} {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const [refused, setRefused] = useState<Conflicts>({});
  const [lost, setLost] = useState<{ at: number; sent: Decision[] } | null>(null);
  const apply = async (): Promise<void> => {
    const sent = decisionsOf(review, draft);
    setBusy(true);
    setFailed(null);
    setLost(null);
    setRefused({});
    try {
      const applied = await api.applyReview(id, sent);
      forget();
      if (applied.linked === 0) leaveMessage(t('review.applied'));
      go(applied.linked > 0 ? { name: 'progress', connection: id } : { name: 'connections' });
      return;
    } catch (thrown) {
      const error = asApiError(thrown);
      const conflicts = conflictsOf(error);
      setFailed(error);
      if (error.code === 'client.unreachable') setLost({ at: Date.now(), sent });
      // What was decided meanwhile needs no mark: it moves to the accounts that are decided.
      if (error.code !== 'review.decided_meanwhile') {
        setRefused(conflicts);
        const first = review.accounts.find(({ account }) => conflicts[account.id] !== undefined);
        if (first !== undefined) focusOn(first.account.id);
      }
      // What the refusal tells has changed since this page was read; after a lost answer all may have.
      if (error.status === 409 || error.status === 0) reload();
    }
    setBusy(false);
  };
  // The accounts tell what became of a lost answer once they have been read again.
  const holds = lost !== null && readAt > lost.at ? whatHolds(review, lost.sent) : null;
  return { busy, failed, holds, refused, setRefused, apply };
}

/** The draft with everything that a person may do to it before Apply. */
function useReview(id: string, read: Read, reload: () => void): {
  draft: Draft;
  busy: boolean;
  failed: api.ApiError | null;
  holds: Holds | null;
  shown: (account: string) => Conflict[];
  set: (account: string, row: RowDraft | null) => void;
  reset: () => void;
  press: () => void;
} {
  const { data: review } = read;
  const key = draftKey(useSession(), id);
  const [draft, setDraft] = useKeptDraft(key, review);
  const [tried, setTried] = useState(false);
  const forget = (): void => forgetDraft(key);
  const { busy, failed, holds, refused, setRefused, apply } = useApply(id, read, draft, forget, reload);
  const checks = checksOf(review, draft);

  const shown = (account: string): Conflict[] => {
    const check = checks[account];
    const own = check === undefined || (!tried && GAPS.includes(check.code)) ? [] : [check];
    return refused[account] ?? own;
  };
  const set = (account: string, row: RowDraft | null): void => {
    const { [account]: _, ...others } = draft;
    setDraft(row === null ? others : { ...draft, [account]: row });
    const { [account]: __, ...rest } = refused;
    setRefused(rest);
  };
  const reset = (): void => {
    setTried(false);
    setRefused({});
    setDraft(draftOf(review, {}));
    forget();
  };
  useEffect(() => {
    if (holds === 'all') reset(); // nothing is left of the draft
  }, [holds]);
  const press = (): void => {
    const first = review.accounts.find(({ account }) => checks[account.id] !== undefined);
    if (first !== undefined) {
      setTried(true);
      focusOn(first.account.id);
    } else if (changesNothing(review, draft)) {
      go({ name: 'connections' });
    } else {
      void apply();
    }
  };
  return { draft, busy, failed, holds, shown, set, reset, press };
}

function Form(props: { id: string; read: Read; institution: string; onReload: () => void }): JSX.Element {
  const { id, read } = props;
  const { data: review } = read;
  const { can } = useSession();
  const { draft, busy, failed, holds, shown, set, reset, press } = useReview(id, read, props.onReload);
  const row = (one: ReviewRowData): JSX.Element => {
    const { id: account } = one.account;
    // What was decided meanwhile offers itself to leave it so.
    const meanwhile = shown(account).some((each) => each.code === 'decided_meanwhile');
    const value = draft[account];
    if (value === undefined) {
      const change = (): void => set(account, firstDraft(one, review.ledger_accounts));
      return <DecidedRow key={account} row={one} review={review} mayChange={can.link} onChange={change} onReload={props.onReload} />;
    }
    return (
      <DecisionRow
        key={account}
        row={one}
        review={review}
        draft={draft}
        value={value}
        conflicts={shown(account)}
        disabled={!can.link || busy}
        onChange={(changed) => set(account, { ...value, ...changed })}
        onReload={props.onReload}
        onTheirs={() => set(account, one.is_new ? firstDraft(one, review.ledger_accounts) : null)}
        {...(one.is_new || meanwhile ? {} : { onKeep: () => set(account, null) })}
      />
    );
  };
  const [filter, setFilter] = useState(NO_FILTER);
  const shownRows = review.accounts.filter(({ account }) => passes(account, filter));
  const fresh = shownRows.filter((one) => one.is_new);
  const old = shownRows.filter((one) => !one.is_new);
  const anyFresh = review.accounts.some((one) => one.is_new);
  const hidden = Object.keys(draft).filter((account) => !shownRows.some((one) => one.account.id === account)).length;
  const pressAll = (): void => {
    // What is in the way may be in a row that is filtered out.
    setFilter(NO_FILTER);
    press();
  };
  return (
    <form onSubmit={(event) => event.preventDefault()} noValidate>
      <Filters review={review} filter={filter} shown={shownRows.length} onChange={setFilter} />
      {!anyFresh && failed === null && <Nothing connection={id} institution={props.institution} />}
      <Rows id="fresh" title={t('review.new.heading')}>{fresh.map(row)}</Rows>
      <Rows id="old" title={t('review.old.heading')}>{old.map(row)}</Rows>
      {can.link && (Object.keys(draft).length > 0 || failed !== null) && (
        <ApplyBar
          connection={id}
          head={review.connection}
          failed={failed}
          holds={holds}
          empty={Object.keys(draft).length === 0}
          summary={summaryOf(draft)}
          blocked={review.accounts.filter(({ account }) => shown(account.id).length > 0).length}
          busy={busy}
          hidden={hidden}
          onApply={pressAll}
          onReset={reset}
        />
      )}
    </form>
  );
}

/**
 * Accounts may still be on their way when one comes from the bank's page; and while there is something to
 * decide, the books may have got an account to choose, or another person may have decided.
 */
function every(review: ReviewData | null): number {
  if (review === null) return 0;
  if (review.accounts.some((one) => one.account.link?.state === 'taking_back')) return 1_000;
  if (review.accounts.some((one) => one.is_new)) return 3_000;
  return review.connection.activity === 'syncing' ? 2_000 : 0;
}

export function Review(props: { id: string }): JSX.Element {
  const { can } = useSession();
  const review = useResource(`review ${props.id}`, () => api.review(props.id), every);
  const institution = plain(review.data?.connection.institution ?? '') || t('app.bank');
  return (
    <Page title={t('review.title', { institution })} back>
      <p class="lead">{t('review.lead')}</p>
      {!can.link && <p class="look-only">{t('app.look_only')}</p>}
      <Loaded from={review}>
        {(data) => <Form id={props.id} read={{ data, readAt: review.readAt }} institution={institution} onReload={review.reload} />}
      </Loaded>
    </Page>
  );
}

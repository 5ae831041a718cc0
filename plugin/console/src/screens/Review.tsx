// The review: what the bank shares left, what it feeds right, old beside new, and one Apply.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import * as api from '../api';
import { leaveMessage, useSession } from '../context';
import { checksOf, decisionsOf, draftOf, firstDraft, readDraft, summaryOf, verbOf } from '../draft';
import type { Draft, RowDraft, Summary } from '../draft';
import { t } from '../i18n';
import { DecisionRow, rowId } from '../parts/DecisionRow';
import { DecidedRow } from '../parts/ReviewSides';
import { Failure, Go, Loaded, Page } from '../parts/basics';
import { asApiError, useResource } from '../resource';
import { go } from '../router';
import { keep, kept } from '../storage';
import { plain } from '../text';
import type { Conflict, Review as ReviewData, ReviewRow as ReviewRowData } from '../types';

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
  const [draft, setDraft] = useState<Draft>(() => draftOf(review, readDraft(kept('sessionStorage', key))));
  const change = (next: Draft): void => {
    keep('sessionStorage', key, JSON.stringify(next));
    setDraft(next);
  };
  useEffect(() => {
    setDraft((before) => draftOf(review, before));
  }, [review]);
  return [draft, change];
}

function summaryWords(summary: Summary): string {
  const parts: string[] = [];
  if (summary.link > 0) parts.push(t('review.summary.link', { count: summary.link }));
  if (summary.unsaid > 0) parts.push(t('review.summary.unsaid', { count: summary.unsaid }));
  if (summary.aside > 0) parts.push(t('review.summary.aside', { count: summary.aside }));
  if (summary.later > 0) parts.push(t('review.summary.later', { count: summary.later }));
  return parts.length === 0 ? t('review.summary.none') : parts.join(t('review.summary.join'));
}

/**
 * Why Apply did not succeed, beside the button that was pressed. The focus goes to the first row that
 * is in the way, and here when there is none.
 */
function NotApplied(props: { failed: api.ApiError; connection: string }): JSX.Element {
  const { failed } = props;
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failed.code !== 'review.conflict') note.current?.focus();
  }, [failed]);
  const conflict = failed.code === 'review.conflict';
  const lost = failed.code === 'client.unreachable';
  const meanwhile = failed.code === 'review.decided_meanwhile';
  return (
    <div class="not-applied" tabIndex={-1} ref={note}>
      {conflict || lost || meanwhile
        ? (
          <div class="failure" role="alert">
            <p>{t(conflict ? 'review.refused' : lost ? 'review.lost' : 'error.review.decided_meanwhile')}</p>
            {!conflict && <p><Go to={{ name: 'progress', connection: props.connection }}>{t('connections.progress')}</Go></p>}
          </div>
        )
        : <Failure error={failed} />}
    </div>
  );
}

function ApplyBar(props: {
  connection: string;
  summary: Summary;
  blocked: number;
  busy: boolean;
  failed: api.ApiError | null;
  /** Nothing is left to decide: then there is only what went wrong. */
  empty: boolean;
  onApply: () => void;
  onReset: () => void;
}): JSX.Element {
  const { summary, failed } = props;
  const why = failed === null ? null : <NotApplied failed={failed} connection={props.connection} />;
  if (props.empty) return <section class="apply-bar" aria-label={t('review.summary')}>{why}</section>;
  return (
    <section class="apply-bar" aria-label={t('review.summary')}>
      {why}
      <div role="status">
        <p><strong>{summaryWords(summary)}</strong></p>
        {props.blocked > 0 && <p class="small">{t('review.blocked', { count: props.blocked })}</p>}
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

/** New accounts that stay open need no request. */
function changesNothing(review: ReviewData, draft: Draft): boolean {
  return review.accounts.every(({ account, is_new: fresh }) =>
    draft[account.id] === undefined || (fresh && draft[account.id]?.choice === 'later'));
}

function focusOn(account: string): void {
  requestAnimationFrame(() => document.getElementById(rowId(account, 'conflict'))?.focus());
}

/** Applies a draft and goes where its effects can be seen. */
function useApply(id: string, review: ReviewData, draft: Draft, forget: () => void, reload: () => void): {
  busy: boolean;
  failed: api.ApiError | null;
  refused: Conflicts;
  setRefused: (conflicts: Conflicts) => void;
  apply: () => Promise<void>;
} {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const [refused, setRefused] = useState<Conflicts>({});
  const apply = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    setRefused({});
    try {
      const applied = await api.applyReview(id, decisionsOf(review, draft));
      forget();
      if (applied.linked === 0) leaveMessage(t('review.applied'));
      go(applied.linked > 0 ? { name: 'progress', connection: id } : { name: 'connections' });
      return;
    } catch (thrown) {
      const error = asApiError(thrown);
      const conflicts = conflictsOf(error);
      setFailed(error);
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
  return { busy, failed, refused, setRefused, apply };
}

/** The draft with everything that a person may do to it before Apply. */
function useReview(id: string, review: ReviewData, reload: () => void): {
  draft: Draft;
  busy: boolean;
  failed: api.ApiError | null;
  shown: (account: string) => Conflict[];
  set: (account: string, row: RowDraft | null) => void;
  reset: () => void;
  press: () => void;
} {
  const { tenant } = useSession();
  const key = `bankfeed.review.${tenant}.${id}`;
  const [draft, setDraft] = useKeptDraft(key, review);
  const [tried, setTried] = useState(false);
  const forget = (): void => keep('sessionStorage', key, null);
  const { busy, failed, refused, setRefused, apply } = useApply(id, review, draft, forget, reload);
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
  return { draft, busy, failed, shown, set, reset, press };
}

function Form(props: { id: string; review: ReviewData; institution: string; onReload: () => void }): JSX.Element {
  const { id, review } = props;
  const { can } = useSession();
  const { draft, busy, failed, shown, set, reset, press } = useReview(id, review, props.onReload);
  const row = (one: ReviewRowData): JSX.Element => {
    const { id: account } = one.account;
    const value = draft[account];
    if (value === undefined) {
      const change = (): void => set(account, firstDraft(one, review.ledger_accounts));
      return <DecidedRow key={account} row={one} mayChange={can.link} onChange={change} />;
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
        {...(one.is_new ? {} : { onKeep: () => set(account, null) })}
      />
    );
  };
  const fresh = review.accounts.filter((one) => one.is_new);
  const old = review.accounts.filter((one) => !one.is_new);
  return (
    <form onSubmit={(event) => event.preventDefault()} noValidate>
      {fresh.length === 0 && failed === null && <Nothing connection={id} institution={props.institution} />}
      <Rows id="fresh" title={t('review.new.heading')}>{fresh.map(row)}</Rows>
      <Rows id="old" title={t('review.old.heading')}>{old.map(row)}</Rows>
      {can.link && (Object.keys(draft).length > 0 || failed !== null) && (
        <ApplyBar
          connection={id}
          failed={failed}
          empty={Object.keys(draft).length === 0}
          summary={summaryOf(draft)}
          blocked={review.accounts.filter(({ account }) => shown(account.id).length > 0).length}
          busy={busy}
          onApply={press}
          onReset={reset}
        />
      )}
    </form>
  );
}

/** Accounts may still be on their way when one comes from the bank's page. */
function every(review: ReviewData | null): number {
  if (review === null) return 0;
  return review.connection.activity === 'syncing' && !review.accounts.some((one) => one.is_new) ? 2_000 : 0;
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
        {(data) => <Form id={props.id} review={data} institution={institution} onReload={review.reload} />}
      </Loaded>
    </Page>
  );
}

// One bank account of the review that is to be decided: what the bank says left, what it shall feed
// right.

import type { JSX } from 'preact';
import { answerable, choicesFor, concerns, defaultStart } from '../draft';
import type { Choice, Draft, RowDraft } from '../draft';
import { formatDate } from '../dates';
import { currentLocale, t, word } from '../i18n';
import type { Conflict, Proposal, Review, ReviewRow } from '../types';
import { plain, titled } from '../text';
import { BankSide, HeldRows } from './ReviewSides';
import { ConflictNote, conflictWords } from './ConflictNote';
import { LedgerPicker } from './LedgerPicker';

interface RowProps {
  row: ReviewRow;
  review: Review;
  draft: Draft;
  value: RowDraft;
  conflicts: Conflict[];
  disabled: boolean;
  onChange: (change: Partial<RowDraft>) => void;
  onReload: () => void;
  /** Takes what another person decided meanwhile. */
  onTheirs: () => void;
  /** Given for a row that was decided before: takes the change back. */
  onKeep?: () => void;
}

/** The ids of a row's controls, so that a conflict can lead to them. */
export function rowId(account: string, control: string): string {
  return `row-${account}-${control}`;
}

function reasons(codes: string[]): string {
  return codes.map((code) => word('evidence', code, code)).join(t('review.reason.join'));
}

function Evidence(props: { proposal: Proposal | null; choice: Choice }): JSX.Element | null {
  const { proposal, choice } = props;
  if (proposal === null || proposal.choice !== choice) return null;
  if (proposal.choice === 'new') return <p class="evidence">{t('review.suggested.new')}</p>;
  if (proposal.evidence.length === 0) return null;
  const words = { reasons: reasons(proposal.evidence) };
  return <p class="evidence">{t(proposal.automatic ? 'review.certain' : 'review.suggested', words)}</p>;
}

function StartDate(props: { id: string; value: string; hint: string; invalid: boolean; onChange: (value: string) => void }): JSX.Element {
  return (
    <div class="field">
      <label for={props.id}>{t('review.start')}</label>
      <input
        id={props.id}
        type="date"
        value={props.value}
        aria-invalid={props.invalid}
        aria-describedby={`${props.id}-hint`}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
      <p class="small" id={`${props.id}-hint`}>{props.hint}</p>
    </div>
  );
}

/** An account that is new to the books begins with what it held at the bank. */
function Opening({ row, value, onChange }: Pick<RowProps, 'row' | 'value' | 'onChange'>): JSX.Element {
  const opening = rowId(row.account.id, 'opening');
  return (
    <div class="field tick">
      <input
        id={opening}
        type="checkbox"
        checked={value.opening}
        aria-describedby={`${opening}-hint`}
        onChange={(event) => onChange({ opening: event.currentTarget.checked })}
      />
      <label for={opening}>{t('review.opening')}</label>
      <p class="small" id={`${opening}-hint`}>{t('review.opening.hint')}</p>
    </div>
  );
}

function startHint(last: string | null, before: ReviewRow['feed_before']): string {
  const locale = currentLocale();
  if (before !== null) {
    return t('review.start.before', { from: formatDate(before.from, locale), until: formatDate(before.until, locale) });
  }
  return last === null ? t('review.start.existing.empty')
    : t('review.start.existing', { date: formatDate(last, locale) });
}

function Existing(props: RowProps): JSX.Element {
  const { row, review, value, onChange } = props;
  const { id } = row.account;
  const ledger = review.ledger_accounts.find((one) => one.id === value.ledger);
  const last = ledger?.last_entry_on ?? null;
  const before = ledger !== undefined && row.feed_before?.ledger_account_id === ledger.id ? row.feed_before : null;
  return (
    <>
      <LedgerPicker
        id={rowId(id, 'picker')}
        row={row}
        review={review}
        draft={props.draft}
        chosen={value.ledger}
        invalid={concerns(props.conflicts, 'ledger')}
        onChosen={(chosen) => onChange({ ledger: chosen, startExisting: '', overlap: false })}
      />
      {ledger !== undefined && (
        <StartDate
          id={rowId(id, 'start')}
          value={value.startExisting === '' ? defaultStart(row, ledger) : value.startExisting}
          hint={startHint(last, before)}
          invalid={concerns(props.conflicts, 'start')}
          onChange={(start) => onChange({ startExisting: start, overlap: false })}
        />
      )}
      {ledger !== undefined && last === null && <Opening row={row} value={value} onChange={onChange} />}
    </>
  );
}

function New(props: RowProps): JSX.Element {
  const { row, value, onChange } = props;
  const name = rowId(row.account.id, 'name');
  return (
    <>
      <div class="field">
        <label for={name}>{t('review.name')}</label>
        <input
          id={name}
          type="text"
          maxLength={200}
          autocomplete="off"
          value={value.name}
          aria-invalid={concerns(props.conflicts, 'name')}
          aria-describedby={`${name}-hint`}
          onInput={(event) => onChange({ name: event.currentTarget.value })}
        />
        <p class="small" id={`${name}-hint`}>{t('review.name.hint')}</p>
      </div>
      <StartDate
        id={rowId(row.account.id, 'start')}
        value={value.startNew}
        hint={t('review.start.new')}
        invalid={concerns(props.conflicts, 'start')}
        onChange={(start) => onChange({ startNew: start })}
      />
      <Opening row={row} value={value} onChange={onChange} />
    </>
  );
}

function Details(props: RowProps): JSX.Element | null {
  switch (props.value.choice) {
    case 'existing': return <Existing {...props} />;
    case 'new': return <New {...props} />;
    case 'none': return <p class="small">{t('review.choice.none.hint')}</p>;
    case 'later':
      return props.row.account.held > 0
        ? <p class="small">{t('review.choice.later.hint', { count: props.row.account.held })}</p> : null;
    default: return null;
  }
}

function Relation(props: { row: ReviewRow; review: Review }): JSX.Element | null {
  const { relation } = props.row;
  if (relation === null) return null;
  const title = titled(relation.name, relation.mask);
  const here = relation.connection_id === props.review.connection.id;
  const account = here ? title : t('review.elsewhere', { account: title, institution: plain(relation.institution) });
  const words = { account, reasons: reasons(relation.evidence) };
  const alike = relation.kind === 'also_shared' && !relation.evidence.includes('same_persistent_id');
  return <p class="evidence">{word('relation', alike ? 'looks_shared' : relation.kind, relation.kind, words)}</p>;
}

/** It looks like an account that is linked already; only a person can say that it is another one. */
function Another({ row, value, onChange }: Pick<RowProps, 'row' | 'value' | 'onChange'>): JSX.Element {
  const id = rowId(row.account.id, 'another');
  const change = (duplicate: boolean): void => {
    const left = choicesFor(row, duplicate).includes(value.choice);
    onChange(left ? { duplicate } : { duplicate, choice: 'none' });
  };
  return (
    <div class="field tick">
      <input
        id={id}
        type="checkbox"
        checked={value.duplicate}
        aria-describedby={`${id}-hint`}
        onChange={(event) => change(event.currentTarget.checked)}
      />
      <label for={id}>{t('choice.accept_duplicate')}</label>
      <p class="small" id={`${id}-hint`}>{t('review.another.hint')}</p>
    </div>
  );
}

export function DecisionRow(props: RowProps): JSX.Element {
  const { row, value, conflicts, onChange } = props;
  const { account } = row;
  const choices = choicesFor(row, value.duplicate);
  const act = (change: Partial<RowDraft>, choice: string): void => {
    if (choice === 'keep_theirs') {
      props.onTheirs();
      return;
    }
    onChange(change);
    if (choice !== 'choose_another') return;
    requestAnimationFrame(() => document.getElementById(rowId(account.id, 'picker'))?.focus());
  };
  return (
    <li class={conflicts.length === 0 ? 'review-row new' : 'review-row new has-conflict'}>
      <div class="side">
        <BankSide account={account} isNew={row.is_new} />
        <Relation row={row} review={props.review} />
        <HeldRows account={account} />
      </div>
      <fieldset class="side" disabled={props.disabled}>
        <legend class="hidden">{t('review.choice', { account: titled(account.name, account.mask) })}</legend>
        {row.failure !== null && (
          <p class="conflict">
            {t(row.failure.code === 'books_changed' ? 'review.failure.books_changed' : 'review.failure', { name: row.failure.name })}
            {row.failure.text !== '' && <> {t('books.words', { text: row.failure.text })}</>}
          </p>
        )}
        {row.conflicts.map((one) => (
          <p key={one.code} class={answerable(row) ? 'evidence warn' : 'evidence'}>{conflictWords(one)}</p>
        ))}
        {answerable(row) && <Another row={row} value={value} onChange={onChange} />}
        <div class="choices">
          {choices.map((choice) => (
            <label key={choice} class="choice">
              <input
                type="radio"
                name={rowId(account.id, 'choice')}
                value={choice}
                checked={value.choice === choice}
                onChange={() => onChange({ choice })}
              />
              <span>{t(`review.choice.${choice}`)}</span>
            </label>
          ))}
        </div>
        <Evidence proposal={row.proposal} choice={value.choice} />
        <Details {...props} />
        {conflicts.map((one, index) => (
          <ConflictNote
            key={one.code}
            {...(index === 0 ? { id: rowId(account.id, 'conflict') } : {})}
            conflict={one}
            onChange={act}
            onReload={props.onReload}
          />
        ))}
        {props.onKeep !== undefined && (
          <button type="button" class="plain" onClick={props.onKeep}>{t('review.keep')}</button>
        )}
      </fieldset>
    </li>
  );
}

// What stands in the way of one decision, with the ways out that there are.

import type { JSX } from 'preact';
import type { RowDraft } from '../draft';
import { dayAfter, formatDate, formatTime, today } from '../dates';
import { currentLocale, providerWords, t, word } from '../i18n';
import type { Words } from '../i18n';
import type { Conflict } from '../types';

function wordsOf(conflict: Conflict): Words {
  const words: Words = {};
  for (const [name, value] of Object.entries(conflict.params)) {
    if (typeof value === 'string' || typeof value === 'number') words[name] = value;
  }
  for (const day of ['last_entry_on', 'latest', 'first', 'last']) {
    if (typeof words[day] === 'string') words[day] = formatDate(words[day], currentLocale());
  }
  if (conflict.code === 'type_differs') {
    for (const side of ['bank', 'ledger']) {
      const type = String(words[side] ?? '');
      words[side] = word('accountType', type, type);
    }
  }
  return words;
}

const DECISIONS = ['open', 'aside', 'linked'] as const;

/** Who decided what since the draft was begun. */
function meanwhileWords(words: Words): string {
  const decision = DECISIONS.find((one) => one === words['decision']);
  const { by, at } = words;
  if (decision === undefined || typeof by !== 'string' || by === '') return t('conflict.decided_meanwhile');
  const when = typeof at === 'string' ? formatTime(at, currentLocale()) : '';
  return t(`conflict.decided_meanwhile.${decision}`, { by, at: when });
}

export function conflictWords(conflict: Conflict): string {
  const words = wordsOf(conflict);
  if (conflict.code === 'decided_meanwhile') return meanwhileWords(words);
  if (conflict.code === 'already_linked' && words['fed_by'] !== undefined) return t('conflict.already_linked_by', words);
  return word('conflict', conflict.code, providerWords(conflict.code, ''), words);
}

/** What a choice makes of the row; undefined for a choice that this client does not know. */
function change(choice: string, conflict: Conflict): Partial<RowDraft> | undefined {
  switch (choice) {
    case 'choose_another': return { choice: 'existing', ledger: '' };
    case 'later':
    case 'none':
    case 'new':
    case 'existing': return { choice };
    case 'accept_overlap': return { overlap: true };
    case 'accept_elsewhere': return { elsewhere: true };
    case 'use_earlier':
      return { choice: 'existing', ledger: String(conflict.params['ledger_account_id']), startExisting: '', overlap: false };
    case 'go_on_after': {
      const start = String(conflict.params['start'] ?? '');
      return { opening: false, ...(start === '' ? {} : { startNew: start, startExisting: start }) };
    }
    case 'keep_theirs': return {};
    case 'decide_anew': return { version: String(conflict.params['version']) };
    case 'accept_duplicate': return { duplicate: true };
    case 'default_start': return { startExisting: dayAfter(String(conflict.params['last_entry_on'])) ?? '' };
    case 'start_tomorrow': return { startExisting: dayAfter(today()) ?? '', overlap: true };
    default: return undefined;
  }
}

/** Notes say the same everywhere; those that only a reload can mend offer one. */
const RELOADS = ['already_linked', 'ledger_account_unknown', 'not_shared'];

export function ConflictNote(props: {
  id?: string;
  conflict: Conflict;
  onChange: (change: Partial<RowDraft>, choice: string) => void;
  onReload: () => void;
}): JSX.Element {
  const { conflict } = props;
  const choices = conflict.code === 'start_before_last_entry' && !conflict.choices.includes('accept_overlap')
    ? [...conflict.choices, 'accept_overlap'] : conflict.choices;
  return (
    <div class="conflict" id={props.id} tabIndex={-1}>
      <p>{conflictWords(conflict)}</p>
      <div class="buttons">
        {choices.map((choice) => {
          const changed = change(choice, conflict);
          return changed === undefined ? null : (
            <button key={choice} type="button" onClick={() => props.onChange(changed, choice)}>
              {word('choice', choice, choice)}
            </button>
          );
        })}
        {RELOADS.includes(conflict.code) && (
          <button type="button" onClick={props.onReload}>{t('app.reload')}</button>
        )}
      </div>
    </div>
  );
}

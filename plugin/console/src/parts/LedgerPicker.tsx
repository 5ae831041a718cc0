// A native picker of the ledger accounts that a bank account may feed. Those that another feed or
// another row has taken are shown, but cannot be chosen, and say who has them.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { narrowed, pickable } from '../draft';
import type { Draft } from '../draft';
import { t } from '../i18n';
import { plain, titled } from '../text';
import type { LedgerAccount, Review, ReviewRow } from '../types';

const FILTER_FROM = 12;

interface Offer {
  ledger: LedgerAccount;
  label: string;
  taken: boolean;
}

function offersOf(row: ReviewRow, review: Review, draft: Draft, chosen: string, ledgers: LedgerAccount[]): Offer[] {
  return ledgers.map((ledger) => {
    const name = plain(ledger.name);
    if (ledger.fed_by !== null) {
      const { name: feeder, mask, institution } = ledger.fed_by;
      const label = t('review.picker.fed', { name, account: titled(feeder, mask), institution });
      return { ledger, label, taken: true };
    }
    const other = review.accounts.find(({ account }) => {
      const theirs = draft[account.id];
      return account.id !== row.account.id && theirs?.choice === 'existing' && theirs.ledger === ledger.id;
    });
    if (other !== undefined && ledger.id !== chosen) {
      const account = titled(other.account.name, other.account.mask);
      return { ledger, label: t('review.picker.chosen', { name, account }), taken: true };
    }
    return { ledger, label: name, taken: false };
  });
}

export function LedgerPicker(props: {
  id: string;
  row: ReviewRow;
  review: Review;
  draft: Draft;
  chosen: string;
  invalid: boolean;
  onChosen: (ledger: string) => void;
}): JSX.Element {
  const [filter, setFilter] = useState('');
  const { id, chosen } = props;
  const { currency } = props.row.account;
  const all = pickable(props.row.account, props.review.ledger_accounts, chosen);
  const { shown, left } = narrowed(all, filter, chosen);
  const offers = offersOf(props.row, props.review, props.draft, chosen, shown);
  return (
    <div class="field">
      <label for={id}>{t('review.picker')}</label>
      {all.length > FILTER_FROM && (
        <input
          type="search"
          placeholder={t('review.picker.filter')}
          aria-label={t('review.picker.filter')}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      )}
      <select
        id={id}
        aria-describedby={`${id}-hint`}
        aria-invalid={props.invalid}
        value={chosen}
        onChange={(event) => props.onChosen(event.currentTarget.value)}
      >
        <option value="">{t('review.picker.none')}</option>
        {offers.map(({ ledger, label, taken }) => (
          <option key={ledger.id} value={ledger.id} disabled={taken && ledger.id !== chosen}>{label}</option>
        ))}
        {left > 0 && <option disabled>{t('review.picker.more', { count: left })}</option>}
      </select>
      <p class="small" id={`${id}-hint`}>
        {t(all.length === 0 ? 'review.picker.empty' : 'review.picker.only', { currency })}
      </p>
    </div>
  );
}

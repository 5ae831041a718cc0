// The two sides of a review's row, and the quiet rows of accounts that were decided before.

import type { JSX } from 'preact';
import { decidable } from '../draft';
import { t, word } from '../i18n';
import type { BankAccount, ReviewRow } from '../types';
import { titled } from '../text';
import { Feeds } from './AccountTable';
import { AccountTitle, Amount, Badge, Foreign, When, accountKind } from './basics';

export function BankSide(props: { account: BankAccount; isNew: boolean }): JSX.Element {
  const { account } = props;
  const official = account.official_name !== '' && account.official_name !== account.name;
  return (
    <>
      <h3 class="bank-heading">
        {props.isNew && <Badge tone="info">{t('review.new')}</Badge>}
        <AccountTitle name={account.name} mask={account.mask} />
      </h3>
      {official && <p class="small"><Foreign text={account.official_name} /></p>}
      <p class="facts">
        <span>{accountKind(account.type, account.subtype)} · {account.currency}</span>
        {account.balance !== null && <Amount money={account.balance} />}
      </p>
      {account.balance !== null && account.balance_as_of !== null && (
        <p class="small right"><When at={account.balance_as_of} /></p>
      )}
      {account.state !== 'shared' && (
        <Badge tone="warning">{word('shared', account.state, account.state)}</Badge>
      )}
    </>
  );
}

/** An account that was decided before. What was kept aside may be decided anew. */
export function DecidedRow(props: { row: ReviewRow; mayChange: boolean; onChange: () => void }): JSX.Element {
  const { account } = props.row;
  return (
    <li class="review-row old">
      <div class="side"><BankSide account={account} isNew={false} /></div>
      <div class="side">
        <p><Feeds account={account} /></p>
        {props.mayChange && decidable(props.row) && account.feedable && (
          <button
            type="button"
            class="plain"
            aria-label={t('review.change.of', { account: titled(account.name, account.mask) })}
            onClick={props.onChange}
          >
            {t('review.change')}
          </button>
        )}
      </div>
    </li>
  );
}

// The two sides of a review's row, and the quiet rows of accounts that were decided before.

import type { JSX } from 'preact';
import { decidable } from '../draft';
import { formatTime } from '../dates';
import { currentLocale, t, word } from '../i18n';
import type { BankAccount, Review, ReviewRow } from '../types';
import { plain, titled } from '../text';
import { Feeds } from './AccountTable';
import { AccountTitle, Amount, Badge, Foreign, Go, When, accountKind } from './basics';
import { LiveLink } from './LiveLink';

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
        <p class="small">
          <Badge tone="warning">{word('shared', account.state, account.state)}</Badge>{' '}
          {account.missing_since !== null && <>{t('account.missing_since')} <When at={account.missing_since} /></>}
        </p>
      )}
    </>
  );
}

/** What waits of an account leads to where each transaction can be seen. */
export function HeldRows({ account }: { account: BankAccount }): JSX.Element | null {
  if (account.held === 0) return null;
  return (
    <p class="small">
      <Go to={{ name: 'held', account: account.id }} label={t('review.held.of', { count: account.held, account: titled(account.name, account.mask) })}>
        {t('review.held', { count: account.held })}
      </Go>
    </p>
  );
}

/** Who took its place, seen from the side of the old row. */
function SuccessorWords({ row, connection }: { row: ReviewRow; connection: string }): JSX.Element | null {
  const { successor } = row;
  if (successor === null) return null;
  const title = titled(successor.name, successor.mask);
  const here = successor.connection_id === connection;
  const account = here ? title : t('review.elsewhere', { account: title, institution: plain(successor.institution) });
  return (
    <p class="small">
      {t(successor.feeds ? 'review.succeeded' : 'review.seen_again', { account, date: formatTime(successor.since, currentLocale()) })}
      {!here && <> <Go to={{ name: 'review', connection: successor.connection_id }}>{t('review.see_successor')}</Go></>}
    </p>
  );
}

/** Why nothing comes any more through the connection itself. */
function EndedWords({ review }: { review: Review }): JSX.Element | null {
  const { state } = review.connection;
  if (state !== 'revoked' && state !== 'gone' && state !== 'removed') return null;
  return <Badge tone="warning">{t(`review.ended.${state}`)}</Badge>;
}

function DecidedBy({ row }: { row: ReviewRow }): JSX.Element | null {
  const { decided_by: by, decided_at: at, account } = row;
  if (account.decision !== 'aside' || by === null || at === null) return null;
  return <span class="small block">{t('review.aside_by', { by: plain(by) })} <When at={at} /></span>;
}

/** An account that was decided before. What was kept aside may be decided anew, what feeds may be stopped. */
export function DecidedRow(props: {
  row: ReviewRow;
  review: Review;
  mayChange: boolean;
  onChange: () => void;
  onReload: () => void;
}): JSX.Element {
  const { account } = props.row;
  const linked = !decidable(props.row);
  return (
    <li class="review-row old">
      <div class="side">
        <BankSide account={account} isNew={false} />
        <EndedWords review={props.review} />
        <SuccessorWords row={props.row} connection={props.review.connection.id} />
        <HeldRows account={account} />
      </div>
      <div class="side">
        <p><Feeds account={account} /><DecidedBy row={props.row} /></p>
        {props.mayChange && linked && <LiveLink account={account} onDone={props.onReload} />}
        {props.mayChange && !linked && account.feedable && (
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

// A person takes back that an account goes on with the feed of another: what that will do, in counts, before it is done.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api';
import { currentLocale, t, word } from '../i18n';
import { formatMoney } from '../money';
import { asApiError, useResource } from '../resource';
import { plain, titled } from '../text';
import type { AccountLink, BankAccount, TakeBackPreview } from '../types';
import { ConfirmDialog } from './ConfirmDialog';
import { Failure } from './basics';

function What(props: { of: TakeBackPreview; account: BankAccount }): JSX.Element {
  const { of } = props;
  const words = {
    account: titled(props.account.name, props.account.mask),
    ledger: plain(of.ledger_account_name),
    old: of.old_account === null ? '' : titled(of.old_account.name, of.old_account.mask),
  };
  const stay = of.stay.reduce((sum, one) => sum + one.count, 0);
  return (
    <ul>
      <li>{t('takeback.stops', words)}</li>
      {of.gives_back > 0 && <li>{t('takeback.gives_back', { count: of.gives_back, old: words.old })}</li>}
      {of.takes_out > 0 && <li>{t('takeback.takes_out', { count: of.takes_out, ledger: words.ledger })}</li>}
      {stay > 0 && (
        <li>
          {t('takeback.stay', { count: stay, old: words.old })}
          <ul>
            {of.stay.map(({ reason, count }) => (
              <li key={reason}>{t('imports.reason', { count, reason: word('protectedReason', reason, reason) })}</li>
            ))}
          </ul>
        </li>
      )}
      {of.opening_balance !== null && <li>{t('takeback.opening', { amount: formatMoney(of.opening_balance, currentLocale()) })}</li>}
      <li>
        {of.feeds_again ? t('takeback.feeds_again', words)
          : `${t('takeback.free', words)} ${word('takeBackWhyNot', of.why_not ?? '', '')}`}
      </li>
      <li>{t('takeback.open_again', words)}</li>
    </ul>
  );
}

export function TakeBack(props: { account: BankAccount; link: AccountLink; onDone: () => void; onCancel: () => void }): JSX.Element {
  const { account, link } = props;
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<api.ApiError | null>(null);
  const preview = useResource(`take-back ${link.id}`, () => api.takeBackPreview(link.id), () => 0);
  const take = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      await api.takeBack(link.id);
      props.onDone();
      return;
    } catch (error) {
      setFailed(asApiError(error));
    }
    setBusy(false);
  };
  const { data } = preview;
  const conflict = data?.conflict ?? null;
  const words = { account: titled(account.name, account.mask), ledger: plain(link.ledger_account_name) };
  return (
    <ConfirmDialog
      title={t('takeback.title', words)}
      confirm={t('takeback.confirm')}
      cancel={t('takeback.cancel')}
      busy={busy || data === null || conflict !== null}
      onConfirm={() => void take()}
      onCancel={props.onCancel}
    >
      {data === null && preview.error === null && <p role="status">{t('app.loading')}</p>}
      {preview.error !== null && <Failure error={preview.error} />}
      {conflict !== null && <p class="conflict">{word('error', conflict, conflict)}</p>}
      {data !== null && conflict === null && <What of={data} account={account} />}
      {failed !== null && <Failure error={failed} />}
    </ConfirmDialog>
  );
}

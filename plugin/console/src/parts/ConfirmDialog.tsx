// A question before something that cannot be taken back by one click.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useOwnId } from './basics';

/**
 * A native modal dialog: the browser keeps the focus in it, closes it on Escape and gives the focus
 * back. The safe answer has the focus first.
 */
export function ConfirmDialog(props: {
  title: string;
  confirm: string;
  cancel: string;
  busy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useOwnId('dialog');
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Only a dialog that is closed, not one that is merely taken away, gives the focus back.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        props.onCancel();
      }}
    >
      <h2 id={title}><bdi>{props.title}</bdi></h2>
      {props.children}
      <div class="buttons">
        <button type="button" autofocus onClick={props.onCancel}>{props.cancel}</button>
        <button type="button" class="danger" disabled={props.busy} onClick={props.onConfirm}>{props.confirm}</button>
      </div>
    </dialog>
  );
}

// What a catalogue is. English says which keys there are; it is only a type here, so that no
// catalogue is part of the script: each language is a file of its own, loaded when it is wanted.

import type { en } from './en';

export type MessageKey = keyof typeof en;
export type Message = string | { readonly one?: string; readonly other: string };
export type Catalogue = Readonly<Record<MessageKey, Message>>;
export type Language = 'en' | 'zh';

/** A part of a catalogue in another language: the keys of the English part, no more and no fewer. */
export type Translated<Part> = Readonly<Record<keyof Part, Message>>;

/** A language's file as the build writes it: the words, and of which keys, so that a page never takes one of another version. */
export interface LanguageFile {
  readonly keys: string;
  readonly words: Catalogue;
}

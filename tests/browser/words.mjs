// The words of the console as the build made them, so that a test names a sentence by its key and finds it in any language.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtIn } from '../../examples/demo/world.mjs';

const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function patternOf(message, words) {
  const forms = typeof message === 'string' ? [message] : Object.values(message);
  const found = forms.map((form) => form.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return quoted(part);
    return words[name] === undefined ? '.*' : quoted(String(words[name]));
  }).join('').replaceAll(' ', '\\s'));
  return `(?:${found.join('|')})`;
}

/**
 * A function that gives the pattern of a message's whole text; of several keys, of any of them. The last argument may be the
 * words to fill in; what is not given may be anything. `part` gives the pattern of the message inside a longer text.
 */
export async function wordsOf(build, language) {
  const file = join(builtIn(build).plugin, 'console', `words-${language}.json`);
  const { words: catalogue } = JSON.parse(await readFile(file, 'utf8'));
  const source = (keys) => {
    const filling = typeof keys.at(-1) === 'object' ? keys.pop() : {};
    const known = keys.filter((key) => catalogue[key] !== undefined);
    if (known.length !== keys.length) throw new Error(`the catalogue has no ${keys.filter((key) => catalogue[key] === undefined)}`);
    return `(?:${known.map((key) => patternOf(catalogue[key], filling)).join('|')})`;
  };
  const whole = (...keys) => new RegExp(`^\\s*${source(keys)}\\s*$`, 'su');
  whole.part = (...keys) => new RegExp(source(keys), 'su');
  return whole;
}

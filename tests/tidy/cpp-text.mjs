// C and C++ without comments, and without what stands between quotes; line numbers stay.

const blank = (text) => text.replace(/[^\n]/gu, ' ');

// One piece of a source at a time: comment, raw string, string, character, or anything else. A quote
// between two digits separates thousands and opens nothing.
const PIECE = new RegExp([
  String.raw`(?<comment>\/\/(?:[^\n\\]|\\[\s\S])*|\/\*[\s\S]*?\*\/)`,
  String.raw`(?<raw>R"(?<mark>[^()\s\\]{0,16})\([\s\S]*?\)\k<mark>")`,
  String.raw`(?<text>"(?:[^"\\\n]|\\[\s\S])*")`,
  String.raw`(?<separator>(?<=[0-9a-fA-F])'(?=[0-9a-fA-F]))`,
  String.raw`(?<character>'(?:[^'\\\n]|\\[\s\S])+')`,
].join('|'), 'gu');

const INCLUDE = /^\s*#\s*include/u;

export function withoutComments(source) {
  return source.replace(PIECE, (piece, ...rest) => (rest.at(-1).comment === undefined ? piece : blank(piece)));
}

/** Quotes stay, so that `f("x")` becomes `f(" ")`. An #include keeps its path. */
export function withoutLiterals(source) {
  const code = withoutComments(source);
  const bare = code.replace(PIECE, (piece, ...rest) => {
    const { raw, text, character } = rest.at(-1);
    if (raw === undefined && text === undefined && character === undefined) return piece;
    return piece[0] + blank(piece.slice(1, -1)) + piece.at(-1);
  }).split('\n');
  return code.split('\n').map((line, index) => (INCLUDE.test(line) ? line : bare[index])).join('\n');
}

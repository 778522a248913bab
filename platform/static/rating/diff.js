// Which words of two texts differ: the longest common run of words, each side's rest.

const LONGEST = 4000; // words of a text that are compared; the table of 4000 × 4000 takes a fraction of a second
const WORD = /[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu;

/** The words of a text with their places: {word, start, end} in code units. */
export function wordsOf(text) {
  return [...text.matchAll(WORD)].slice(0, LONGEST)
    .map((match) => ({ word: match[0].toLowerCase(), start: match.index, end: match.index + match[0].length }));
}

/** For each side a list of booleans: is this word common to both? */
export function common(left, right) {
  const width = right.length + 1;
  const table = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      table[i * width + j] = left[i].word === right[j].word
        ? table[(i + 1) * width + j + 1] + 1
        : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
    }
  }
  const inLeft = new Array(left.length).fill(false);
  const inRight = new Array(right.length).fill(false);
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i].word === right[j].word) inLeft[i++] = inRight[j++] = true;
    else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) i++;
    else j++;
  }
  return [inLeft, inRight];
}

/** Two texts as one: [text, "same" | "gone" | "new"], each word with the space before it. */
export function changes(before, after) {
  const [left, right] = [wordsOf(before), wordsOf(after)];
  const [inLeft, inRight] = common(left, right);
  const cut = (text, words, index) => text.slice(words[index - 1]?.end ?? 0, words[index].end);
  const found = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (i < left.length && !inLeft[i]) found.push([cut(before, left, i++), "gone"]);
    else if (j < right.length && !inRight[j]) found.push([cut(after, right, j++), "new"]);
    else {
      found.push([cut(after, right, j++), "same"]);
      i++;
    }
  }
  return found;
}

import type { LinkSnapshot } from '../../core/observe/snapshot.ts';
import { faultWords } from '../../core/observe/words.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';

/**
 * The faults of all links in words, as few as they can be said in: `n2 ⇄ all cut` if all links to and from a replica
 * have the same fault, `n1 ⇄ n2 cut` if both directions of a link have it, `n1 → n2 delayed 200 ms` else.
 */
export function linkWords(links: readonly LinkSnapshot[], ids: readonly ReplicaId[]): string[] {
  const inOrder = [...links].sort((a, b) => (a.from + a.to < b.from + b.to ? -1 : 1));
  let left: readonly LinkSnapshot[] = inOrder;
  const words: string[] = [];
  const say = (subject: string, some: readonly LinkSnapshot[]): void => {
    const [first] = some;
    if (first === undefined) return;
    words.push(`${subject} ${wordsOf(first)}`);
    left = left.filter((link) => !some.includes(link));
  };
  for (const id of ids.length > 2 ? ids : []) {
    const ofIt = left.filter(({ from, to }) => from === id || to === id);
    if (ofIt.length === 2 * (ids.length - 1) && ofIt.every((link) => isLike(link, ofIt[0]))) say(`${id} ⇄ all`, ofIt);
  }
  for (const link of inOrder) {
    if (!left.includes(link)) continue;
    const back = left.find(({ from, to }) => from === link.to && to === link.from);
    if (isLike(link, back)) say(`${link.from} ⇄ ${link.to}`, back === undefined ? [link] : [link, back]);
    else say(`${link.from} → ${link.to}`, [link]);
  }
  return words;
}

const isLike = (a: LinkSnapshot, b: LinkSnapshot | undefined): boolean => b !== undefined && wordsOf(a) === wordsOf(b);

/** As long as it is cut, nothing else matters. */
const wordsOf = (link: LinkSnapshot): string => (link.cut ? 'cut' : faultWords(link, true));

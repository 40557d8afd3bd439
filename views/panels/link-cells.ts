import type { ClusterSnapshot, LinkSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import type { Tone } from '../theme.ts';
import { widthOf } from '../width.ts';

/** How one replica reaches another. */
export interface Reach {
  readonly tone: Tone;
  /** From the longest to the shortest; the last one is a glyph for each fault. */
  readonly ways: readonly string[];
}

/** Where links are not the supervisor's, nobody knows how they are. */
type Linked = Pick<ClusterSnapshot, 'links' | 'supervised'>;

/** What of a link is told, in a cell of a table and in words. */
export function reachOf(from: ReplicaSnapshot, to: ReplicaSnapshot, { links, supervised }: Linked): Reach {
  if (from.id === to.id) return { tone: 'quiet', ways: ['·'] };
  const link = linkOf(from.id, to.id, links);
  if (link?.cut) return { tone: 'bad', ways: ['✗ cut', '✗'] };
  if (link !== undefined) return { tone: 'warn', ways: faultyWays(link) };
  if (from.process !== 'up' || to.process !== 'up') return { tone: 'quiet', ways: ['–'] };
  return supervised ? { tone: 'good', ways: ['✓'] } : { tone: 'quiet', ways: ['?'] };
}

/** The longest way to tell it in `width` columns. */
export const reachText = ({ ways }: Reach, width: number): string =>
  ways.find((way) => widthOf(way) <= width) ?? ways.at(-1) ?? '';

const linkOf = (from: ReplicaId, to: ReplicaId, links: readonly LinkSnapshot[]): LinkSnapshot | undefined =>
  links.find((link) => link.from === from && link.to === to);

function faultyWays({ delayMs, dropPercent }: LinkSnapshot): string[] {
  const [delay, drop] = [delayMs > 0 ? `~${delayMs}` : '', dropPercent > 0 ? `%${dropPercent}` : ''];
  const [brief, glyphs] = [delayMs >= 1000 ? `~${Math.round(delayMs / 1000)}s` : delay, (delay && '~') + (drop && '%')];
  const joined = (some: string): string => [some, drop].filter((part) => part !== '').join(' ');
  return [joined(delay), joined(brief), glyphs];
}

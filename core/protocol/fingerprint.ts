import type { Command } from './entry.ts';

/**
 * A number of 52 bits that tells a command from another under the same session number, once the entry itself is gone.
 * It guards against clients that number two writes alike by mistake, not against ones that mean to: two FNV-1a hashes
 * (Fowler, Noll, Vo) of its UTF-16 units, side by side.
 */
export function fingerprint(command: Exclude<Command, { op: 'noop' }>): number {
  const { op, key } = command;
  const value = op === 'put' ? command.value : '';
  // The length keeps apart what would read the same when put together.
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (const text of [`${op} ${key.length} ${key}`, value]) {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      high = Math.imul(high ^ unit, PRIME);
      low = Math.imul(low ^ unit, PRIME);
    }
  }
  return (high >>> 0) * 0x100000 + ((low >>> 12) & 0xfffff);
}

const PRIME = 0x01000193;

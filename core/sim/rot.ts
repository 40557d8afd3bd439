import { segmentFile, snapshotLsn } from '../wal/files.ts';
import type { DiskFile } from './disk-file.ts';
import type { Draw } from './draw.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

/**
 * Damages what is durable on one disk. Never every copy at once, and never what the log itself cannot tell from a torn
 * write: the last batch, which no later one calls durable. Returns whose and how, in words; null: nobody's.
 */
export function rot(world: World, draw: Draw): string | null {
  const damaged = world.hosts.filter((host) => host.restore !== null).length;
  const host = draw.oneOf(world.hosts);
  const named = world.checks.ghosts[host.index]?.durable.named ?? 0;
  const limit = Math.max(1, Math.ceil(world.hosts.length / 2) - 1);
  if (world.hosts.length === 1 || damaged >= limit || host.restore !== null || named === 0) return null;
  const how = damage(host, draw, named);
  host.isGivenUp = draw.chance(0.5);
  // It is found out when the log is read next.
  if (draw.chance(0.7)) world.schedule.after(draw.around(world.timing.electionMaxMs / 2), () => restart(world, host));
  return `${host.id}: ${how}`;
}

function restart(world: World, host: Host): void {
  if (host.isAlive) world.witness.note(`${host.id} dies, and will read its log again`);
  host.kill();
}

function damage(host: Host, draw: Draw, named: number): string {
  if (draw.chance(0.1)) {
    host.kill();
    host.restore = host.disk.loseAll();
    return 'its log is gone';
  }
  const bases = host.disk.bases();
  const snapshot = host.disk.list().find((name) => snapshotLsn(name) !== null);
  if (snapshot !== undefined && draw.chance(0.3)) return damageSnapshot(host, draw, snapshot);
  if (bases.length > 2 && draw.chance(0.2)) {
    const file = segmentFile(draw.oneOf(bases.slice(0, -1).filter((each) => each < named)));
    host.restore = host.disk.lose(file);
    return `${file} is gone`;
  }
  const first = bases[0] ?? 0;
  const { file, at, base } = host.disk.placeOf(first + draw.below(named - first));
  // Between leftovers and the segments that count there may be a gap.
  const size = file.stored().length;
  return spoil(host, draw, file, at < size ? at : draw.below(size), Math.min(named - base, size), segmentFile(base));
}

/** A whole snapshot is durable to its last byte. */
function damageSnapshot(host: Host, draw: Draw, name: string): string {
  if (draw.chance(0.2)) {
    host.restore = host.disk.lose(name);
    return `${name} is gone`;
  }
  const file = host.disk.file(name);
  const size = file.stored().length;
  return spoil(host, draw, file, draw.below(size), size, name);
}

/** Something between `at` and before `end` of a file changes. */
function spoil(host: Host, draw: Draw, file: DiskFile, at: number, end: number, name: string): string {
  if (draw.chance(0.3)) {
    host.restore = file.rot(at, Math.min(at + 512, end), () => 0);
    return `zeros at ${at} of ${name}`;
  }
  const bit = 1 << draw.below(8);
  host.restore = file.rot(at, at + 1, (byte) => byte ^ bit);
  return `a bit flipped at ${at} of ${name}`;
}

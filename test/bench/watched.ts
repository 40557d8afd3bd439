import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import { Terminal } from '../pty/terminal.ts';

/** What a program did in some time. */
export interface Activity {
  /** Share of one core, in percent. */
  readonly cpuPercent: number;
  readonly bytesPerSecond: number;
  readonly framesPerSecond: number;
}

/** A program in a terminal, whose cost is measured from outside. Linux only: it is read from /proc. */
export class Watched extends Terminal {
  /** What it does while `seconds` pass. */
  async activity(seconds: number): Promise<Activity> {
    const [startedMs, cpuS, written] = [performance.now(), this.#cpuSeconds(), this.output.length];
    await pass(seconds * 1000);
    const tookS = (performance.now() - startedMs) / 1000;
    const output = this.output.slice(written);
    return {
      cpuPercent: (100 * (this.#cpuSeconds() - cpuS)) / tookS,
      bytesPerSecond: Buffer.byteLength(output) / tookS,
      framesPerSecond: count(output, FRAME) / tookS,
    };
  }

  residentMiB(): number {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(match?.[1]) / 1024;
  }

  /** How often it cleared all of the screen, or the lines above it, from character `from` of its output on. */
  clears(from = 0): number {
    return CLEARS.reduce((sum, clear) => sum + count(this.output.slice(from), clear), 0);
  }

  /** Of all its threads, since its start. */
  #cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    // `pid (name) state …`: user and system time are the 14th and the 15th field, in ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
}

const TICKS_PER_SECOND = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;
/** Ink tells the terminal where a frame begins. */
const FRAME = '\x1b[?2026h';
const CLEARS = ['\x1b[2J', '\x1b[3J'];

const count = (text: string, part: string): number => text.split(part).length - 1;

import { spawnSync } from 'node:child_process';
import { isLive } from './pids.ts';

/** Namespaces are called so, with the pid of the test that made them, and who lives there. */
const PREFIX = 'lstest';
/** Where everything meets. */
const HUB = 'hub';
/** Set aside for tests of networks (RFC 2544): 198.18.0.0/15. A network takes a /24 of it. */
const NETS = 512;

/** Why no network can be made here, such as "network namespaces need root"; null if one can. */
export function networkHindrance(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const probe = `${PREFIX}-${process.pid}-probe`;
  const made = spawnSync('ip', ['netns', 'add', probe], { encoding: 'utf8' });
  if (made.error) return `no ip command: ${made.error.message}`;
  if (made.status !== 0) return `no network namespace can be made: ${made.stderr.trim()}`;
  const veth = ['-n', probe, 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'other'];
  const wired = spawnSync('ip', veth, { encoding: 'utf8' });
  ip('netns', 'del', probe);
  return wired.status === 0 ? null : `no veth can be made: ${wired.stderr.trim()}`;
}

/**
 * Hosts in network namespaces of their own, each with one cable to a hub that passes packets on. The hub is a host too,
 * and so is this machine, by a cable of its own. What is broken is broken as in a real network: packets vanish, and
 * nobody is told: no connection closes, and none is refused.
 */
export class Network implements Disposable {
  /** The hub's own address. */
  readonly hub: string;
  readonly #net: string;
  readonly #names: readonly string[];
  readonly #cable: string;

  constructor(names: readonly string[]) {
    sweep();
    this.#names = names;
    this.#net = freeNet();
    this.hub = `${this.#net}.254`;
    this.#cable = `ls${process.pid}`;
    try {
      this.#build();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** What a command line begins with to run there; without a name, on the hub. */
  on(name: string = HUB): readonly string[] {
    return ['ip', 'netns', 'exec', namespace(name)];
  }

  address(name: string): string {
    return `${this.#net}.${4 * this.#names.indexOf(name) + 2}`;
  }

  /** Takes its cable down; without a name, this machine's. */
  unplug(name?: string): void {
    ip('-n', namespace(HUB), 'link', 'set', portOf(name), 'down');
  }

  plug(name?: string): void {
    ip('-n', namespace(HUB), 'link', 'set', portOf(name), 'up');
  }

  /** From now on what `from` sends to `to` vanishes on the hub. What comes from the hub itself does not. */
  cut(from: string, to: string): void {
    ip('-n', namespace(HUB), 'rule', 'add', ...this.#between(from, to));
  }

  mend(from: string, to: string): void {
    ip('-n', namespace(HUB), 'rule', 'del', ...this.#between(from, to));
  }

  [Symbol.dispose](): void {
    // A namespace outlives its name as long as a connection in it is not given up; this cable must not.
    spawnSync('ip', ['link', 'del', this.#cable]);
    for (const name of [...this.#names, HUB]) spawnSync('ip', ['netns', 'del', namespace(name)]);
  }

  #build(): void {
    const hub = namespace(HUB);
    ip('netns', 'add', hub);
    ip('-n', hub, 'link', 'set', 'lo', 'up');
    ip('-n', hub, 'addr', 'add', `${this.hub}/32`, 'dev', 'lo');
    ip('netns', 'exec', hub, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    for (const name of this.#names) {
      const own = namespace(name);
      const number = 4 * this.#names.indexOf(name);
      ip('netns', 'add', own);
      ip('-n', own, 'link', 'set', 'lo', 'up');
      ip('link', 'add', `to-${name}`, 'netns', hub, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own);
      ip('-n', hub, 'addr', 'add', `${this.#net}.${number + 1}/30`, 'dev', `to-${name}`);
      ip('-n', own, 'addr', 'add', `${this.address(name)}/30`, 'dev', 'eth0');
      ip('-n', hub, 'link', 'set', `to-${name}`, 'up');
      ip('-n', own, 'link', 'set', 'eth0', 'up');
      ip('-n', own, 'route', 'add', 'default', 'via', `${this.#net}.${number + 1}`);
    }
    ip('link', 'add', this.#cable, 'type', 'veth', 'peer', 'name', 'out', 'netns', hub);
    ip('addr', 'add', `${this.#net}.249/30`, 'dev', this.#cable);
    ip('-n', hub, 'addr', 'add', `${this.#net}.250/30`, 'dev', 'out');
    ip('link', 'set', this.#cable, 'up');
    ip('-n', hub, 'link', 'set', 'out', 'up');
    ip('route', 'add', `${this.hub}/32`, 'via', `${this.#net}.250`);
  }

  #between(from: string, to: string): readonly string[] {
    return ['iif', `to-${from}`, 'to', this.address(to), 'blackhole'];
  }
}

/** Where the cable of a host, or of this machine, ends on the hub. */
const portOf = (name: string | undefined): string => (name === undefined ? 'out' : `to-${name}`);

const namespace = (name: string): string => `${PREFIX}-${process.pid}-${name}`;

/** Removes what a test left that was killed. */
function sweep(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ');
    const match = /^lstest-(\d+)-/.exec(name);
    if (match && !isLive(Number(match[1]))) spawnSync('ip', ['netns', 'del', name]);
  }
}

function freeNet(): string {
  const routes = ip('route');
  for (;;) {
    const number = Math.floor(Math.random() * NETS);
    const net = `198.${18 + Math.floor(number / 256)}.${number % 256}`;
    if (!routes.includes(`${net}.`)) return net;
  }
}

function ip(...args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

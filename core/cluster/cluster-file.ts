import { formatHostPort } from '../observe/host-port.ts';
import { WRITE_MODES, type WriteMode } from '../protocol/entry.ts';
import { type ReplicaId, replicaId } from '../protocol/position.ts';
import { TEMPOS, type Tempo } from '../protocol/timing.ts';
import type { Address } from '../wire/dialer.ts';
import { isLoopback } from '../wire/door.ts';
import { oneOf, shown } from '../wire/fields.ts';
import { nearest } from '../wire/nearest.ts';
import { isWildcard, parseHostPort } from './host-port.ts';

/** A cluster whose processes are started one by one, on one host or on several: what each of them has to know. */
export interface ClusterFile {
  /** Its name, by which its processes and their logs know each other. */
  readonly cluster: string;
  /** Where each listens, and the others find it; n1 first, without gaps. */
  readonly replicas: ReadonlyMap<ReplicaId, Address>;
  /** Where clients find it. */
  readonly router: Address;
  /** Where the secret stands that all of them share: as it is written there, relative to the file. */
  readonly secretFile: string;
  /** Of a router that starts. */
  readonly mode: WriteMode;
  readonly tempo: Tempo;
}

/** The file, or all that is wrong with it: a line for each mistake, which begins with the path of the field. */
export type ParsedClusterFile = { readonly file: ClusterFile } | { readonly mistakes: readonly string[] };

/** Reads a cluster file. Fields are picked by name; one that has no meaning is a mistake, for it was meant to have one. */
export function parseClusterFile(text: string): ParsedClusterFile {
  if (text.length > TEXT_LENGTH_MAX)
    return { mistakes: [`longer than ${TEXT_LENGTH_MAX} characters: no cluster file`] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { mistakes: [`no valid JSON: ${(error as Error).message}`] };
  }
  const reader = new Reader();
  reader.mistakes.push(...repeated(text));
  const file = reader.read(value);
  return file === null || reader.mistakes.length > 0 ? { mistakes: reader.mistakes } : { file };
}

const TEXT_LENGTH_MAX = 64 * 1024;
/** It stands in every log and every first line. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const REPLICAS_MAX = 9;
const FIELDS = ['cluster', 'replicas', 'router', 'secretFile', 'mode', 'tempo'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** Goes through a file to its end, and notes every mistake on the way. */
class Reader {
  readonly mistakes: string[] = [];

  read(value: unknown): ClusterFile | null {
    if (!isObject(value)) {
      this.mistakes.push(`must be a JSON object with the fields ${oneOf(FIELDS).replace(' or ', ' and ')}`);
      return null;
    }
    this.#refuseUnknown(value);
    const file = {
      cluster: this.#cluster(value.cluster),
      replicas: this.#replicas(value.replicas),
      router: this.#address('router', value.router),
      secretFile: this.#secretFile(value.secretFile),
      mode: this.#word('mode', value.mode, WRITE_MODES) ?? 'quorum',
      tempo: this.#word('tempo', value.tempo, TEMPOS) ?? 'normal',
    };
    const { router } = file;
    if (router === null) return null;
    this.#refuseTwice(file.replicas, router);
    return { ...file, router };
  }

  #refuseUnknown(value: Fields): void {
    for (const name of Object.keys(value)) {
      if (FIELDS.some((field) => field === name)) continue;
      const meant = nearest(
        name,
        FIELDS.map((candidate) => candidate.toLowerCase()),
      );
      const field = FIELDS.find((candidate) => candidate.toLowerCase() === meant);
      const advice = field === undefined ? `there are ${FIELDS.join(', ')}` : `did you mean ${field}?`;
      this.mistakes.push(`${clip(name)}: no such field; ${advice}`);
    }
  }

  #cluster(value: unknown): string {
    if (typeof value === 'string' && NAME.test(value)) return value;
    return this.#mistaken('', 'cluster', value, 'a name of at most 64 letters, digits, dots, dashes and underscores');
  }

  #replicas(value: unknown): ReadonlyMap<ReplicaId, Address> {
    const found = new Map<ReplicaId, Address>();
    if (!isObject(value)) {
      return this.#mistaken(
        found,
        'replicas',
        value,
        'an object such as {"n1": "10.0.0.1:7401", "n2": "10.0.0.2:7401"}',
      );
    }
    const names = Object.keys(value);
    if (names.length === 0) this.mistakes.push('replicas: names none; give at least n1');
    for (const name of names.toSorted()) {
      if (!/^n[1-9]$/.test(name)) {
        this.mistakes.push(`replicas.${clip(name)}: no name of a replica; they are n1 to n${REPLICAS_MAX}`);
        continue;
      }
      const address = this.#address(`replicas.${name}`, value[name]);
      if (address !== null) found.set(replicaId(name), address);
    }
    const last = names
      .filter((name) => /^n[1-9]$/.test(name))
      .toSorted()
      .at(-1);
    for (let n = 1; last !== undefined && n < Number(last.slice(1)); n++) {
      if (!names.includes(`n${n}`)) this.mistakes.push(`replicas.n${n}: is missing, though there is ${last}`);
    }
    return found;
  }

  #address(path: string, value: unknown): Address | null {
    const address = typeof value === 'string' ? parseHostPort(value) : null;
    if (address === null) {
      return this.#mistaken(null, path, value, 'HOST:PORT such as 10.0.0.1:7401 (a port from 1 to 65535)');
    }
    if (!isWildcard(address.host)) return address;
    const what = 'is where one listens, not where others connect; give the address of its host';
    this.mistakes.push(`${path}: ${address.host} ${what}`);
    return null;
  }

  #secretFile(value: unknown): string {
    if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
    return this.#mistaken('', 'secretFile', value, 'the path of the secret that all share, relative to this file');
  }

  #word<Word extends string>(path: string, value: unknown, words: readonly Word[]): Word | undefined {
    if (value === undefined) return undefined;
    return words.find((word) => word === value) ?? this.#mistaken(undefined, path, value, oneOf(words));
  }

  /** Two processes cannot listen at one address; and a replica on its own host's loopback is nobody's peer elsewhere. */
  #refuseTwice(replicas: ReadonlyMap<ReplicaId, Address>, router: Address): void {
    const taken = new Map<string, string>();
    const all = [...replicas].map(([id, address]) => [`replicas.${id}`, address] as const);
    for (const [path, address] of [...all, ['router', router] as const]) {
      const text = formatHostPort(address);
      const other = taken.get(text);
      if (other !== undefined) this.mistakes.push(`${path}: ${text} is the address of ${other} already`);
      taken.set(text, other ?? path);
    }
    const elsewhere = all.find(([, { host }]) => !isLoopback(host));
    for (const [path, { host }] of all) {
      if (elsewhere === undefined || !isLoopback(host)) continue;
      this.mistakes.push(`${path}: ${host} is reached from its own host only, and ${elsewhere[0]} is not on it`);
    }
  }

  #mistaken<Value>(instead: Value, path: string, value: unknown, rule: string): Value {
    this.mistakes.push(
      value === undefined ? `${path}: is missing; it must be ${rule}` : `${path}: must be ${rule}, not ${shown(value)}`,
    );
    return instead;
  }
}

/** JSON takes the last of two fields of one name: two replicas would be one, and the cluster smaller than it is. */
function repeated(text: string): string[] {
  const names = [...text.matchAll(/"((?:[^"\\]|\\.)*)"\s*:/g)].map(([, name = '']) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `${clip(name)}: stands there more than once`);
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A name of the file's own, in a line about it. */
const clip = (name: string): string => (/^[\w.-]{1,40}$/.test(name) ? name : shown(name));

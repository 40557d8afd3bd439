import type { ReplicaId } from '../protocol/position.ts';
import { BadField, shown, textField, wordOrReplicaField } from './fields.ts';
import { type JsonObject, parseObject } from './json.ts';

/** The version of what replicas and router say to each other. Another one is refused. */
const PROTOCOL_VERSION = 1;
/** Who connects must say who it is within this, in ms. */
export const HELLO_DEADLINE_MS = 2000;
/** The first line may not be longer than this, in bytes: nothing is known yet of who sends it. */
export const HELLO_BYTES_MAX = 1024;

/** The first line on every connection between processes of a cluster: who speaks, and whom it takes the other for. */
export interface Hello {
  readonly cluster: string;
  readonly from: ReplicaId | 'router';
  readonly to: ReplicaId;
}

export function encodeHello({ cluster, from, to }: Hello): string {
  return JSON.stringify({ type: 'hello', v: PROTOCOL_VERSION, cluster, from, to });
}

/** The hello on `line`, or why it is refused by replica `self` of `cluster`. */
export function acceptHello(
  line: string,
  cluster: string,
  self: ReplicaId,
  members: readonly ReplicaId[],
): { readonly hello: Hello } | { readonly refused: string } {
  const parsed = parseObject(line);
  if ('error' in parsed) return { refused: parsed.error };
  try {
    const hello = helloOf(parsed.object);
    if (hello.cluster !== cluster) return { refused: `this is a replica of cluster ${cluster}, not ${hello.cluster}` };
    if (hello.to !== self) return { refused: `this is ${self}, not ${hello.to}` };
    if (hello.from !== 'router' && (hello.from === self || !members.includes(hello.from))) {
      return { refused: `${hello.from} is no peer of ${self}` };
    }
    return { hello };
  } catch (error) {
    if (!(error instanceof BadField)) throw error;
    return { refused: error.message };
  }
}

function helloOf(object: JsonObject): Hello {
  if (object.type !== 'hello') throw new BadField(`the first line must be a hello, not ${shown(object.type)}`);
  if (object.v !== PROTOCOL_VERSION) {
    throw new BadField(`version ${shown(object.v)} is not spoken here, only ${PROTOCOL_VERSION}`);
  }
  const from = wordOrReplicaField(object, 'from', ['router']);
  const to = wordOrReplicaField(object, 'to', []);
  return { cluster: textField(object, 'cluster', 128), from, to };
}

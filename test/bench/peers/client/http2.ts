// As much of HTTP/2 (RFC 9113) as unary gRPC calls need. Node's own `http2` costs ten times the CPU, on a machine that the
// servers need for themselves.

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
/** What flag 1 means depends on the type. */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** The frame that starts at `at`, or null when it is not all there yet. */
export function readFrame(bytes: Buffer, at: number): Frame | null {
  if (bytes.length < at + FRAME_HEADER_BYTES) return null;
  const start = at + FRAME_HEADER_BYTES;
  const end = start + bytes.readUIntBE(at, 3);
  if (bytes.length < end) return null;
  const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5);
  return { type, flags, stream: bytes.readUInt32BE(at + 5) & 0x7fffffff, payload: bytes.subarray(start, end) };
}

export const frameBytes = ({ payload }: Frame): number => FRAME_HEADER_BYTES + payload.length;

/** What a client says first. The server may send as much as it likes: a run ends long before 2 GiB. */
export function greeting(): Buffer {
  const more = Buffer.alloc(4);
  more.writeUInt32BE(0x7fffffff - 65_535);
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
    frame(TYPE.settings, 0, 0, Buffer.alloc(0)),
    frame(TYPE.windowUpdate, 0, 0, more),
  ]);
}

/**
 * The headers of every call of `path` (HPACK, RFC 7541). The first call's put theirs into the server's table, where the
 * later ones name them by a byte each, as any client does.
 */
export function callHeaders(path: string, authority: string): { readonly first: Buffer; readonly later: Buffer } {
  // 0x40 + a name of the static table, or 0x40 and a new name: remember this one.
  const remembered = [
    Buffer.concat([Buffer.of(0x40 | 4), word(path)]),
    Buffer.concat([Buffer.of(0x40 | 1), word(authority)]),
    Buffer.concat([Buffer.of(0x40 | 31), word('application/grpc')]),
    Buffer.concat([Buffer.of(0x40), word('te'), word('trailers')]),
  ];
  const fixed = Buffer.of(0x80 | 3, 0x80 | 6); // :method POST, :scheme http
  const indexes = remembered.map((_, i) => 0x80 | (STATIC_ENTRIES + remembered.length - i));
  return { first: Buffer.concat([fixed, ...remembered]), later: Buffer.concat([fixed, Buffer.from(indexes)]) };
}

function word(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value, 'latin1')]);
}

const FRAME_HEADER_BYTES = 9;
const STATIC_ENTRIES = 61;

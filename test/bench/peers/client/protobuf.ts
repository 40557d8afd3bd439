// The few messages of etcd's API that are needed, as protobuf has them: https://protobuf.dev/programming-guides/encoding

/** A field of bytes, shorter than 128: the length is one byte then. */
function text(field: number, value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length > 0x7f) throw new Error(`too long: ${value}`);
  return Buffer.concat([Buffer.of((field << 3) | LENGTH, bytes.length), bytes]);
}

/** etcdserverpb.PutRequest. */
export function putRequest(key: string, value: string): Buffer {
  return Buffer.concat([text(1, key), text(2, value)]);
}

/** etcdserverpb.RangeRequest, for one key. Serializable: the member answers from what it has. */
export function rangeRequest(key: string, serializable: boolean): Buffer {
  return serializable ? Buffer.concat([text(1, key), Buffer.of(7 << 3, 1)]) : text(1, key);
}

/** Whether a message has the field, at its top. In a RangeResponse, 2 is what was found. */
export function hasField(message: Buffer, field: number): boolean {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('protobuf: ends within a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    if (tag >> 3 === field) return true;
    const value = varint();
    if ((tag & 7) === LENGTH) at += value;
    else if ((tag & 7) !== VARINT) throw new Error(`protobuf: wire type ${tag & 7}`);
  }
  return false;
}

const VARINT = 0;
const LENGTH = 2;

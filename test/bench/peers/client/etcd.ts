import type { Channel, Item } from './channel.ts';
import { callHeaders, FLAG, type Frame, frame, frameBytes, greeting, readFrame, TYPE } from './http2.ts';
import type { Operation } from './job.ts';
import { Pipe } from './pipe.ts';
import { hasField, putRequest, rangeRequest } from './protobuf.ts';

/** A call, and the unit that it is one of. */
interface Call {
  readonly unit: { left: number; readonly done: () => void };
  isAnswered: boolean;
}

/** One connection, over gRPC. Calls are answered in any order. */
export async function openEtcd(port: number, operation: Operation): Promise<Channel> {
  const path = `/etcdserverpb.KV/${operation === 'write' ? 'Put' : 'Range'}`;
  const headers = callHeaders(path, `127.0.0.1:${port}`);
  const calls = new Map<number, Call>();
  let stream = -1;

  const take = (bytes: Buffer): number => {
    let taken = 0;
    for (let got = readFrame(bytes, taken); got !== null; got = readFrame(bytes, taken)) {
      receive(got);
      taken += frameBytes(got);
    }
    return taken;
  };
  const receive = ({ type, flags, stream: id, payload }: Frame): void => {
    switch (type) {
      case TYPE.data:
        answered(id, payload);
        break;
      case TYPE.headers:
        if (flags & FLAG.endStream) ended(id, payload);
        break;
      case TYPE.settings:
        if (!(flags & FLAG.ack)) pipe.send(frame(TYPE.settings, FLAG.ack, 0, NOTHING));
        break;
      case TYPE.ping:
        if (!(flags & FLAG.ack)) pipe.send(frame(TYPE.ping, FLAG.ack, 0, payload));
        break;
      case TYPE.reset:
      case TYPE.goAway:
        throw new Error(`etcd: HTTP/2 frame ${type}: ${payload.toString('latin1')}`);
      default: // WINDOW_UPDATE and the like: what is under way is far below any window
    }
  };
  const answered = (id: number, payload: Buffer): void => {
    const call = calls.get(id);
    if (call === undefined || payload.length < PREFIX_BYTES) return;
    if (operation !== 'write' && !hasField(payload.subarray(PREFIX_BYTES), FOUND_FIELD)) {
      throw new Error('etcd: there is nothing under that key');
    }
    call.isAnswered = true;
  };
  /** The trailers are there. A call that failed has them, and no answer before. */
  const ended = (id: number, trailers: Buffer): void => {
    const call = calls.get(id);
    if (call === undefined) return;
    if (!call.isAnswered) throw new Error(`etcd: the call failed: ${trailers.toString('latin1')}`);
    calls.delete(id);
    call.unit.left--;
    if (call.unit.left === 0) call.unit.done();
  };

  const pipe = await Pipe.connect(port, take);
  pipe.send(greeting());
  return {
    issue: (items: readonly Item[], done) => {
      const unit = { left: items.length, done };
      for (const { key, value } of items) {
        const isFirst = stream === -1;
        stream += 2;
        calls.set(stream, { unit, isAnswered: false });
        const message =
          operation === 'write' ? putRequest(key, value) : rangeRequest(key, operation === 'replica-read');
        const prefix = Buffer.alloc(PREFIX_BYTES);
        prefix.writeUInt32BE(message.length, 1);
        pipe.send(frame(TYPE.headers, FLAG.endHeaders, stream, isFirst ? headers.first : headers.later));
        pipe.send(frame(TYPE.data, FLAG.endStream, stream, Buffer.concat([prefix, message])));
      }
    },
    close: () => pipe.close(),
  };
}

const NOTHING = Buffer.alloc(0);
/** Before each gRPC message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;
const FOUND_FIELD = 2;

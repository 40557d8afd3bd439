import { randomBytes } from 'node:crypto';
import { BlockList, createConnection, createServer, isIP, type Server, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Secret } from './secret.ts';

/*
 * How processes of a cluster, and their clients, listen and connect. There is one rule, and both sides go by it:
 *
 * 1. An address of this machine alone (the loopback) is plain TCP.
 * 2. Any other is TLS, with a key that comes of the cluster's secret (TLS-PSK): no certificates, and whoever lacks the
 *    secret gets nowhere, on either side. Without a secret there is no listening there, and no connecting.
 *
 * A listener on another address: `listenAt({ host, port }, { secret: Secret.load(file), … }, (socket) => …)`, and to
 * reach it `dialTo({ host, port }, secret, () => …)`. What is said on the connection is the same either way: between
 * replicas and the router it begins with the handshake of `hello.ts`, on TLS too, for that says who is who.
 */

/** Why an address is not listened on, or not dialled: one line. */
export class DoorError extends Error {}

export interface DoorOptions {
  /** null: there is none, and only the loopback can be listened on. */
  readonly secret: Secret | null;
  /** More connections than this are closed as they come. */
  readonly connectionsMax: number;
  /** Whether a client that has said all it has to say can still be answered. */
  readonly allowHalfOpen?: boolean;
}

/** Whoever connects must have done with TLS within this, in ms. */
const TLS_DEADLINE_MS = 2000;
/** So many may be about it at once; if more come, the one that has taken the longest makes room. */
export const KNOCKING_MAX = 32;

/** A connection on which nothing comes is asked after so long whether anybody is there, in ms. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Listens; `error` and `listening` are the server's own. `onSocket` gets what connects, once it can be talked to.
 *
 * @param address port 0: any that is free.
 * @throws DoorError if it is not of this machine alone, and there is no secret.
 */
export function listenAt(
  address: { readonly host: string; readonly port: number },
  { secret, connectionsMax, allowHalfOpen = false }: DoorOptions,
  onSocket: (socket: Socket) => void,
): Server {
  // Who is gone, and never said so, does not keep its place for ever.
  const options = { noDelay: true, allowHalfOpen, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  const server = isLoopback(address.host)
    ? createServer(options, onSocket)
    : listenerWithTls(needed(secret, address.host, 'listened on'), options, onSocket);
  server.maxConnections = connectionsMax;
  server.listen(address.port, address.host);
  return server;
}

/**
 * Connects; `onOpen` is called once it can be talked, after TLS. Errors are the socket's own; `tlsTrouble` knows those
 * of TLS.
 *
 * @param withTls where an address of this machine leads elsewhere, as a tunnel does, or to a router that listens on all.
 * @throws DoorError if TLS is needed, and there is no secret.
 */
export function dialTo(
  address: { readonly host: string; readonly port: number },
  secret: Secret | null,
  onOpen: () => void,
  withTls: boolean = !isLoopback(address.host),
): Socket {
  const { host, port } = address;
  if (!withTls) return createConnection({ host, port, noDelay: true, keepAlive: true }, onOpen);
  const key = keyOf(needed(secret, host, 'connected to'));
  const socket = tls().connect({
    host,
    port,
    ...TLS,
    pskCallback: () => ({ psk: key, identity: IDENTITY }),
    // There is no certificate: who has the key is who it is.
    checkServerIdentity: () => undefined,
  });
  socket.once('secureConnect', onOpen);
  socket.setNoDelay(true).setKeepAlive(true);
  return socket;
}

/** Whether a connection is TLS: then both sides have shown that they have the secret. */
export const isTls = (socket: Socket): boolean => 'encrypted' in socket && socket.encrypted === true;

/** Why TLS came to nothing: the other side speaks none; it has another secret; or it is no lockstep's TLS. */
export type TlsTrouble = 'plain' | 'other-secret' | 'other-tls';

/**
 * What an error of a connection says of the other side's TLS; null: nothing. OpenSSL's reason stands in the code, or,
 * where something was being written, in the message of an `EPROTO`.
 */
export function tlsTrouble({ code = '', message }: NodeJS.ErrnoException): TlsTrouble | null {
  if (!/^(ERR_SSL|ERR_TLS|EPROTO$)/.test(code)) return null;
  const reason = `${code} ${message}`.replaceAll('_', ' ').toLowerCase();
  if (/wrong version number|packet length too long|http(s proxy)? request/.test(reason)) return 'plain';
  return /bad record mac|decrypt error|decryption failed/.test(reason) ? 'other-secret' : 'other-tls';
}

/** Whether a lockstep listens there with TLS: one who knocks without its secret is told so. */
export function answersTls({ host, port }: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const psk = randomBytes(PSK_BYTES);
    const socket = tls().connect({ host, port, ...TLS, pskCallback: () => ({ psk, identity: IDENTITY }) });
    socket.setTimeout(TLS_DEADLINE_MS, () => socket.destroy());
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(tlsTrouble(error) === 'other-secret'));
    socket.on('close', () => resolve(false));
  });
}

/** Any that is long enough for the cipher. */
const PSK_BYTES = 32;

/** Whether a host is this machine, and nobody else can reach it there. Names are not looked up: they are not. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === 'localhost';
  return LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** With forward secrecy: who learns the secret later cannot read what was recorded before. Node knows no PSK in 1.3. */
const TLS = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
} as const satisfies TlsOptions;
/** Who has the key is one of the cluster's: it has no other names. */
const IDENTITY = 'lockstep';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Loaded where it is needed, which is seldom: it takes longer than all else that a command does. */
const tls = (): typeof import('node:tls') => process.getBuiltinModule('node:tls');

const keyOf = (secret: Secret): Buffer => secret.keyFor('lockstep tls');

function listenerWithTls(secret: Secret, options: TlsOptions, onSocket: (socket: Socket) => void): Server {
  const key = keyOf(secret);
  const knocking = new Map<string, Socket>();
  const pskCallback = (_socket: Socket, identity: string): Buffer | null => (identity === IDENTITY ? key : null);
  const server = tls().createServer(
    { ...options, ...TLS, handshakeTimeout: TLS_DEADLINE_MS, pskCallback },
    (socket) => {
      knocking.delete(endOf(socket));
      socket.disableRenegotiation();
      onSocket(socket);
    },
  );
  server.on('connection', (socket: Socket) => {
    const end = endOf(socket);
    const [longest] = knocking;
    if (longest && knocking.size >= KNOCKING_MAX) {
      knocking.delete(longest[0]);
      longest[1].destroy();
    }
    knocking.set(end, socket);
    socket.on('close', () => knocking.get(end) === socket && knocking.delete(end));
  });
  // Whoever does not get through, or not in time, is told nothing.
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
  return server;
}

/** The other end of a connection, by which its two sockets, with TLS and below it, are known as one. */
const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

function needed(secret: Secret | null, host: string, what: string): Secret {
  if (secret) return secret;
  if (isLoopback(host)) throw new DoorError(`TLS at ${host} needs the cluster's secret: give --secret-file FILE`);
  throw new DoorError(`${host} is not this machine alone: it is ${what} only with TLS, which needs --secret-file FILE`);
}

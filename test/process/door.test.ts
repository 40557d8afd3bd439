// Who may do what to a running cluster, and what of its secret can be seen from outside: nothing.
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { Lockstep, run } from './lockstep.ts';
import { isSettled, Running } from './running.ts';
import { Sandbox } from './sandbox.ts';

const CONTROL: readonly (readonly string[])[] = [
  ['kill', 'leader'],
  ['stop', 'all'],
  ['pause', 'n1'],
  ['resume', 'n1'],
  ['start', 'n1'],
  ['power-cut', 'n1'],
  ['link', 'n1', 'n2', 'cut'],
  ['heal'],
  ['mode', 'sync'],
  ['tempo', 'slow'],
  ['down'],
];

/** Every file below `folder`. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
}

test('another user of the machine may read and write, and change nothing; with the secret, all of it', async () => {
  await using cluster = await Running.up();
  await using stranger = new Sandbox();
  const { records } = cluster.program;
  const { secretFile } = records[0] ?? {};
  const as = (args: readonly string[], env: Record<string, string> = {}) =>
    run([...args, '--addr', cluster.addr], { sandbox: stranger, env });

  expect(await as(['write', 'x', '1'])).toMatchObject({ code: 0 });
  expect(await as(['read', 'x', '--linearizable'])).toMatchObject({ code: 0 });
  for (const args of [['status'], ['mode'], ['tempo'], ['log', 'n1'], ['ledger']]) {
    expect(await as(args), args.join(' ')).toMatchObject({ code: 0, stderr: '' });
  }
  const before = await cluster.until(isSettled);
  for (const args of CONTROL) {
    const refused = await as(args);
    expect({ code: refused.code, stdout: refused.stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
    expect(refused.stderr).toBe(
      `lockstep: ${args[0]} needs the cluster's secret: run it as the user who started the cluster, or give --secret-file FILE\n`,
    );
  }
  const json = await as(['down', '--json']);
  expect(json).toMatchObject({ code: 1, records: [{ v: 1, ok: false, error: { code: 'unauthorized' } }] });
  const after = await cluster.until(isSettled);
  expect(after.replicas.map(({ pid }) => pid)).toEqual(before.replicas.map(({ pid }) => pid));
  expect({ ...after, links: after.links }).toMatchObject({
    mode: 'quorum',
    tempo: 'normal',
    links: [],
    term: before.term,
  });

  expect(await as(['mode', 'async', '--secret-file', secretFile])).toMatchObject({ code: 0, stdout: 'async\n' });
  expect(await as(['mode', 'sync'], { LOCKSTEP_SECRET_FILE: secretFile })).toMatchObject({ code: 0, stdout: 'sync\n' });
  const missing = await as(['heal', '--secret-file', 'no-such-file']);
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toMatch(/^lockstep: there is no secret at [^\n]*no-such-file\n$/);
});

test('the same user’s commands find the secret by themselves, and nothing of it is left behind', async () => {
  await using cluster = await Running.up();
  expect(await cluster.cli('kill', 'leader')).toMatchObject({ code: 0 });
  expect(await cluster.cli('heal')).toMatchObject({ code: 0 });
  expect(await cluster.cli('down')).toMatchObject({ code: 0 });
  await cluster.program.exit();
  expect(filesIn(join(cluster.sandbox.folder, 'state'))).toEqual([]);
  expect(readdirSync(cluster.sandbox.tmp)).toEqual([]);
});

test('where the list of clusters cannot be kept, that is said, and --secret-file does', async () => {
  await using sandbox = new Sandbox();
  const env = { XDG_STATE_HOME: '/dev/null/state' };
  await using up = new Lockstep(['up', '--port', '0', '--data', join(sandbox.folder, 'cluster')], { sandbox, env });
  const ready = await up.untilLine(/^ready at/);
  const told = await up.untilLine(/^what changes it needs --secret-file/);
  const secretFile = join(sandbox.folder, 'cluster', 'secret');
  expect(told).toMatch(
    new RegExp(`^what changes it needs --secret-file ${secretFile}, for it is on no list: .* is a file, not a folder`),
  );
  const addr = /^ready at ([\d.:]+):/.exec(ready)?.[1] ?? '';
  expect(await run(['mode', 'sync', '--addr', addr], { sandbox, env })).toMatchObject({ code: 1 });
  const given = await run(['mode', 'sync', '--addr', addr, '--secret-file', secretFile], { sandbox, env });
  expect(given).toMatchObject({ code: 0, stdout: 'sync\n', stderr: '' });
});

test('the secret is in its file, and in no other, no argument, no environment and no output', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  await using cluster = await Running.up(['--data', data], sandbox);
  // Whatever a restart, a failover and a refusal might print.
  await cluster.act('kill', 'leader');
  await cluster.client.ask({ op: 'heal' });
  await cluster.writeUntilOk('key', 'value');
  const { replicas } = await cluster.until(isSettled);
  const [host = '', port] = (replicas[0]?.addr ?? '').split(':');
  const socket = createConnection({ host, port: Number(port) });
  socket.write('nonsense\n');
  const said = await text(socket);

  const secret = readFileSync(join(data, 'secret'), 'utf8').trim();
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  const pids = cluster.sandbox.processes();
  expect(pids).toHaveLength(5);
  for (const pid of pids) {
    for (const file of ['cmdline', 'environ']) {
      expect(readFileSync(`/proc/${pid}/${file}`, 'latin1'), `${pid} ${file}`).not.toContain(secret.slice(0, 16));
    }
  }
  const holding = filesIn(sandbox.folder).filter((file) => readFileSync(file, 'latin1').includes(secret.slice(0, 16)));
  expect(holding).toEqual([join(data, 'secret')]);
  const status = await cluster.cli('status');
  for (const output of [said, cluster.program.stdout, cluster.program.stderr, JSON.stringify(status.record)]) {
    expect(output).not.toContain(secret.slice(0, 16));
  }
});

test('folders are for their owner alone, and so are files', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'deep', 'cluster');
  // However generous the user is otherwise.
  const usual = process.umask(0);
  const up = Running.up(['--data', data], sandbox);
  process.umask(usual);
  await using cluster = await up;
  await cluster.writeUntilOk('key', 'value');
  for (const folder of [data, join(data, 'n1'), join(sandbox.folder, 'state', 'lockstep', 'running')]) {
    expect((statSync(folder).mode & 0o777).toString(8), folder).toBe('700');
  }
  for (const file of [...filesIn(data), ...filesIn(join(sandbox.folder, 'state'))]) {
    expect((statSync(file).mode & 0o777).toString(8), file).toBe('600');
  }
});

test('a secret that others can read is not used: one line, and nothing runs', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  {
    await using cluster = await Running.up(['--data', data], sandbox);
    cluster.program.signal('SIGTERM');
    await cluster.program.exit();
  }
  chmodSync(join(data, 'secret'), 0o640);
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const refused = await run(['up', '--port', '0', '--host', host, '--data', data], { sandbox });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^lockstep: [^\n]*secret is open to other users \(mode 0640\): chmod 600 it\n$/);
  }
  expect(sandbox.processes()).toEqual([]);
});

test('on another address all is TLS: the same user’s commands know it, others need the secret', async () => {
  await using cluster = await Running.up(['--host', '0.0.0.0']);
  const { secretFile, port } = cluster.program.records[0] ?? {};
  const here = `127.0.0.1:${port}`;
  expect(await run(['write', 'x', '1', '--addr', here], { sandbox: cluster.sandbox })).toMatchObject({ code: 0 });
  expect(await run(['kill', 'leader', '--addr', here], { sandbox: cluster.sandbox })).toMatchObject({ code: 0 });

  await using stranger = new Sandbox();
  const as = (...args: readonly string[]) => run(args, { sandbox: stranger });
  const without = await as('status', '--addr', `tls://${here}`);
  expect(without).toMatchObject({ code: 1, stdout: '' });
  expect(without.stderr).toMatch(
    /^lockstep: TLS at 127\.0\.0\.1 needs the cluster's secret: give --secret-file FILE\n$/,
  );
  const plain = await as('status', '--addr', here);
  expect(plain).toMatchObject({ code: 3, stdout: '' });
  expect(plain.stderr).toContain(`speaks TLS: name it with --addr tls://${here}`);
  expect(await as('status', '--addr', `tls://${here}`, '--secret-file', secretFile)).toMatchObject({ code: 0 });
  expect(await as('heal', '--addr', `tls://${here}`, '--secret-file', secretFile)).toMatchObject({ code: 0 });
  // What is said in plain is not read: not even what anybody may ask.
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  socket.write('{"op":"write","key":"plain","value":"1"}\n');
  expect(await text(socket).catch(() => '')).toBe('');
  const read = await run(['read', 'plain', '--addr', here], { sandbox: cluster.sandbox });
  expect(read.stdout).toContain('plain is not there');
});

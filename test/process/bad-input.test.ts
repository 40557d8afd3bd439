// Bad input gets one clear line and its exit code, and never a stack trace.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from './lockstep.ts';
import { Running } from './running.ts';
import { entry, Sandbox } from './sandbox.ts';

const oneLine = /^[^\n]+\n$/;

interface Case {
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}

const usage: readonly Case[] = [
  { args: ['wriet', 'x', '1'], code: 2, says: /unknown command 'wriet' \(did you mean write\?\)/ },
  { args: ['write', 'x', '1', '--mod', 'sync'], code: 2, says: /unknown option '--mod'.*--mode/ },
  { args: ['write', 'x'], code: 2, says: /missing required argument 'value'/ },
  { args: ['write', 'x', '1', '--mode', 'eventually'], code: 2, says: /async, quorum or sync/ },
  { args: ['up', '--replicas', '0'], code: 2, says: /1 to 9/ },
  { args: ['up', '--replicas', '99'], code: 2, says: /1 to 9/ },
  { args: ['up', '--port', '70000'], code: 2, says: /65535/ },
  { args: ['up', '--tempo', 'presto'], code: 2, says: /slow, normal or fast/ },
  { args: ['read', 'x', '--token', 'two'], code: 2, says: /token.*2:17/ },
  { args: ['read', 'x', '--token', '2:'], code: 2, says: /token/ },
  { args: ['write', 'k'.repeat(1025), '1'], code: 2, says: /1025 bytes.*1024/ },
  { args: ['write', 'x', 'v'.repeat(100_000), '--addr', 'nowhere'], code: 2, says: /nowhere/ },
  { args: ['kill', 'n12'], code: 2, says: /n1 to n9/ },
  { args: ['link', 'n1', 'n1', 'cut'], code: 2, says: /both n1/ },
  { args: ['link', 'n1', 'n2', 'delay=soon'], code: 2, says: /delay/ },
  { args: ['config', 'set', 'replicas', 'many'], code: 2, says: /1 to 9/ },
  { args: ['config', 'set', 'colour', 'red'], code: 2, says: /colour/ },
  { args: ['status', '--addr', '127.0.0.1:1'], code: 3, says: /no cluster at 127\.0\.0\.1:1.*lockstep up/ },
];

describe('without a cluster', () => {
  test.each(usage.map((each) => [each.args.map((arg) => arg.slice(0, 20)).join(' '), each] as const))(
    '%s',
    async (_, { args, code, says }) => {
      const plain = await run(args);
      expect(plain).toMatchObject({ code, stdout: '' });
      expect(plain.stderr).toMatch(oneLine);
      expect(plain.stderr).toMatch(says);
      const json = await run([...args, '--json']);
      expect(json).toMatchObject({ code, stderr: '' });
      expect(json.stdout).toMatch(oneLine);
      expect(json.records[0]).toMatchObject({
        v: 1,
        error: { code: expect.any(String), message: expect.stringMatching(says) },
      });
    },
  );

  test('a port that another program has', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = `${typeof address === 'object' ? address?.port : 0}`;
    await using sandbox = new Sandbox();
    const taken = await run(['up', '--port', port], { sandbox });
    server.close();
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(taken.stderr).toMatch(oneLine);
    expect(taken.stderr).toContain(`port ${port} is taken by another program`);
    expect(sandbox.processes()).toEqual([]);
  });

  test('a data folder that cannot be written, and one that is something else', async () => {
    await using sandbox = new Sandbox();
    const file = join(sandbox.folder, 'file');
    writeFileSync(file, 'a file');
    const under = await run(['up', '--port', '0', '--data', join(file, 'data')], { sandbox });
    expect(under).toMatchObject({ code: 1, stdout: '' });
    expect(under.stderr).toMatch(/^[^\n]*cannot be used for data[^\n]*\n$/);

    const home = join(sandbox.folder, 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'letter.txt'), 'dear');
    const foreign = await run(['up', '--port', '0', '--data', home], { sandbox });
    expect(foreign).toMatchObject({ code: 1, stdout: '' });
    expect(foreign.stderr).toMatch(/^[^\n]*no lockstep data folder[^\n]*letter\.txt[^\n]*\n$/);
    expect(sandbox.processes()).toEqual([]);
  });

  test('settings that cannot be read are set aside with one line of warning, and all goes on', async () => {
    await using sandbox = new Sandbox();
    const { stdout } = await run(['config', 'path'], { sandbox });
    const path = stdout.trim();
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '{ replicas: ');
    const shown = await run(['config', 'get', 'replicas'], { sandbox });
    expect(shown).toMatchObject({ code: 0, stdout: '3\n' });
    expect(shown.stderr).toMatch(oneLine);
    expect(shown.stderr).toMatch(/kept as config\.json\.invalid-1/);
    const again = await run(['config', 'get', 'replicas'], { sandbox });
    expect(again).toMatchObject({ code: 0, stdout: '3\n', stderr: '' });
  });

  test('an old Node', async () => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '20.20.0' }); process.argv[1] = ${JSON.stringify(entry)}; import(${JSON.stringify(entry)});`;
    const refused = await run([], { nodeArgs: ['--input-type=module', '-e', old] });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^[^\n]*22\.12[^\n]*20\.20\.0[^\n]*\n$/);
  });
});

describe('on a cluster', () => {
  test('a port that another lockstep has is named with what to do', async () => {
    await using cluster = await Running.up();
    const { port } = new URL(`tcp://${cluster.addr}`);
    const taken = await run(['up', '--port', port], { sandbox: cluster.sandbox });
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(taken.stderr).toMatch(oneLine);
    expect(taken.stderr).toMatch(/taken by another lockstep \(cluster [0-9a-f]+\).*attach.*down/);
  });

  test("another cluster's folder, another replica's, another number of replicas", async () => {
    await using sandbox = new Sandbox();
    const [a, b] = [join(sandbox.folder, 'a'), join(sandbox.folder, 'b')];
    for (const data of [a, b]) {
      await using cluster = await Running.up(['--data', data], sandbox);
      await cluster.write('key', 'value');
      cluster.program.signal('SIGTERM');
      await cluster.program.exit();
    }
    const sizes = await run(['up', '--port', '0', '--data', a, '--replicas', '5'], { sandbox });
    expect(sizes).toMatchObject({ code: 1 });
    expect(sizes.stderr).toMatch(/^[^\n]*3 replicas, not 5[^\n]*\n$/);

    cpSync(join(a, 'n1'), join(a, 'n1.kept'), { recursive: true });
    cpSync(join(b, 'n1'), join(a, 'n1'), { recursive: true, force: true });
    const cluster = await run(['up', '--port', '0', '--data', a], { sandbox });
    expect(cluster).toMatchObject({ code: 1 });
    expect(cluster.stderr).toMatch(/^[^\n]*cluster[^\n]*\n$/);

    cpSync(join(a, 'n2'), join(a, 'n1'), { recursive: true, force: true });
    const replica = await run(['up', '--port', '0', '--data', a], { sandbox });
    expect(replica).toMatchObject({ code: 1 });
    expect(replica.stderr).toMatch(/^[^\n]*n2[^\n]*n1[^\n]*\n$/);
    expect(sandbox.processes()).toEqual([]);
  });

  test('what cannot be done to a replica, and one that is not there', async () => {
    await using cluster = await Running.up();
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['start', 'n1'], /n1 runs already/],
      [['resume', 'n1'], /n1 runs already/],
      [['kill', 'n7'], /there is no n7 here: this cluster has n1, n2, n3/],
      [['log', 'n7'], /there is no n7 here/],
      [['link', 'n1', 'n7', 'cut'], /there is no n7 here/],
    ];
    for (const [args, says] of cases) {
      const { code, record, stderr } = await cluster.cli(...args);
      expect({ code, stderr }, args.join(' ')).toEqual({ code: 1, stderr: '' });
      expect(record.error.message).toMatch(says);
    }
    await cluster.act('kill', 'n1' as never);
    expect((await cluster.cli('pause', 'n1')).record.error.message).toMatch(/n1 is down/);
  });

  test('a value too large names the bound, by a program and by hand; half a surrogate pair is refused', async () => {
    await using cluster = await Running.up();
    const big = await cluster.write('key', 'v'.repeat(1024 * 1024 + 1));
    expect(big).toMatchObject({ error: { code: 'bad-request', message: expect.stringContaining('1048576') } });
    const most = await cluster.write('key', 'v'.repeat(1024 * 1024));
    expect(most).toMatchObject({ outcome: 'ok' });
    const half = await cluster.write('key\ud800', 'x');
    expect(half).toMatchObject({ error: { code: 'bad-request', message: expect.stringContaining('surrogate') } });
  });
});

import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { run } from './lockstep.ts';

test('--version prints the version in package.json', async () => {
  const { version } = createRequire(import.meta.url)('../../package.json');
  expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('on an old Node, one line and exit code 2', async () => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
  const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
  expect(await run(['--version'], { nodeArgs })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'lockstep: needs Node.js 22.12 or newer, and this is 20.20.2\n',
  });
});

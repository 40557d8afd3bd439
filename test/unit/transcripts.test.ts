// The stories in test/testdata, which test/testdata/README.md explains: each must print what it says.
import { describe, expect, test } from 'vitest';
import { differences, play, readTranscripts } from '../transcripts/play.ts';
import { formatTranscript, parseTranscript } from '../transcripts/transcript.ts';

test.each(readTranscripts())('$name', ({ name, text }) => {
  const transcript = parseTranscript(text, name);
  const printed = play(transcript, name);
  const differing = differences(transcript, printed, name);
  // The first tells most: what comes after it may only follow from it.
  const more = differing.length > 1 ? `\n\n${differing.length - 1} more of its blocks differ` : '';
  if (differing[0] !== undefined) {
    throw new Error(`${differing[0]}${more}\n\nIf that is right: npm run transcripts, and read the diff`);
  }
  // Nor would a rewrite change anything else.
  expect(formatTranscript(transcript, printed)).toBe(text);
});

describe('a transcript', () => {
  const text = ['# Prose', '', 'cluster n1', 'status', '----', 'n1 leads', '', 'tick n1 200', '# More'].join('\n');

  test('is prose and blocks of commands, with what they print if that is known', () => {
    const { blocks, prose } = parseTranscript(text, 'a.txt');
    expect(blocks).toEqual([
      { line: 3, commands: ['cluster n1', 'status'], expected: ['n1 leads'] },
      { line: 8, commands: ['tick n1 200'], expected: null },
    ]);
    expect(prose).toEqual([['# Prose', ''], [''], ['# More']]);
  });

  test('cannot print without a command', () => {
    expect(() => parseTranscript('# Prose\n\n----\nok\n', 'a.txt')).toThrow('a.txt:3: ---- follows no command');
  });

  test('is rewritten with what was printed, and its prose stays', () => {
    const printed = [['ok'], ['a', '  b']];
    expect(formatTranscript(parseTranscript(text, 'a.txt'), printed)).toBe(
      '# Prose\n\ncluster n1\nstatus\n----\nok\n\ntick n1 200\n----\na\n  b\n\n# More\n',
    );
  });

  test('that prints something else says where: file, line, and the lines that differ', () => {
    const transcript = parseTranscript('cluster n1\n\nelect n1\nstatus\n----\nn1 leads term 7\nend\n', 'a.txt');
    expect(differences(transcript, [['ok'], ['n1 leads term 1', 'end']], 'a.txt')).toEqual([
      ['a.txt:1', '  cluster n1', '  ----', '+ ok'].join('\n'),
      ['a.txt:3', '  elect n1', '  status', '  ----', '- n1 leads term 7', '+ n1 leads term 1', '  end'].join('\n'),
    ]);
  });

  test.each([
    ['stauts', 'no such command: stauts'],
    ['crash n4', 'no replica n4'],
    ['restart n1', 'n1 runs'],
    ['damage n1', 'n1 runs'],
    ['cluster', 'a replica is missing'],
    ['write n1 k=1 mood=sync', 'mood=sync: not one of mode, id, session, seq, token'],
    ['write n1 k=1 mode=slow', 'slow: not one of async, quorum, sync'],
    ['read n1', 'a key is missing'],
    ['read n1 k token=12', 'no position: 12'],
    ['tick n1', 'a number is missing'],
    ['status n1 now', 'what is now?'],
  ])('that asks for %s is told: %s', (command, message) => {
    const transcript = parseTranscript(`# Prose\ncluster n1 n2 n3\n${command}\n`, 'a.txt');
    expect(() => play(transcript, 'a.txt')).toThrow(`a.txt:3: ${command}: ${message}`);
  });
});

import { expect, test } from 'vitest';
import { DEPTH_MAX, parseObject } from '../../core/wire/json.ts';

const object = (line: string) => {
  const parsed = parseObject(line);
  return 'object' in parsed ? parsed.object : parsed.error;
};

test('an object is taken as it is', () => {
  expect(object('{"error":"mine","a":[1,{"b":null}]}')).toEqual({ error: 'mine', a: [1, { b: null }] });
});

test('__proto__ and constructor are ordinary keys', () => {
  const parsed = object('{"__proto__":{"polluted":1},"constructor":2}');
  expect(Object.keys(parsed)).toEqual(['__proto__', 'constructor']);
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  expect('polluted' in {}).toBe(false);
});

test.each([
  ['GET / HTTP/1.1', 'not a JSON object'],
  ['', 'not a JSON object'],
  ['{"a":1', 'not a JSON object'],
  ['[1,2]', 'a JSON array, not an object'],
  ['null', 'a JSON null, not an object'],
  ['"text"', 'a JSON string, not an object'],
  ['7', 'a JSON number, not an object'],
])('%j is refused in one line that says what it is and what to send', (line, start) => {
  const error = object(line);
  expect(error).toContain(start);
  expect(error).toContain('send one JSON object a line');
  expect(error).not.toContain('\n');
});

test('nesting is bounded: exactly the bound is taken, one more is refused', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  expect(object(nested(DEPTH_MAX))).toHaveProperty('a');
  expect(object(nested(DEPTH_MAX + 1))).toBe(`nested deeper than ${DEPTH_MAX} levels; send a flat JSON object`);
  expect(object('['.repeat(1_000_000))).toContain('nested deeper');
});

test('brackets inside strings do not count, whatever their quotes and backslashes', () => {
  const value = `${'['.repeat(100)}\\"${'{'.repeat(100)}\\\\`;
  expect(object(JSON.stringify({ a: value, b: value }))).toEqual({ a: value, b: value });
  // After an even number of backslashes the quote closes, and the brackets that follow do count.
  expect(object(`{"a":"\\\\","b":${'['.repeat(40)}`)).toContain('nested deeper');
  expect(object(`{"a":"\\\\\\"","b":${'['.repeat(40)}`)).toContain('nested deeper');
});

test('brackets side by side are not deep', () => {
  expect(object(`{"a":[${Array(1000).fill('[]').join(',')}]}`)).toHaveProperty('a');
});

test('a string of nothing but escaped quotes is scanned in linear time', () => {
  const line = `{"a":"${'\\"'.repeat(2_000_000)}"}`;
  const cpu = process.cpuUsage();
  expect(object(line)).toHaveProperty('a');
  const { user, system } = process.cpuUsage(cpu);
  expect((user + system) / 1000).toBeLessThan(1000);
});

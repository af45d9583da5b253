import { expect, test } from 'vitest';
import { parseCli } from './cli.ts';
import { VARIABLES } from './variables.ts';

test('no arguments run the server', () => {
  expect(parseCli([], '1.2.3')).toEqual({ kind: 'run' });
});

test.each(['--version', '-v'])('%s prints the version alone', (arg) => {
  expect(parseCli([arg], '1.2.3')).toEqual({ kind: 'print', text: '1.2.3' });
});

test.each(['--help', '-h'])('%s prints every variable with its default and description', (arg) => {
  const action = parseCli([arg], '1.2.3');
  const text = action.kind === 'print' ? action.text : '';
  const words = text.replace(/\s+/g, ' ');
  for (const { name, default: fallback, unit, description } of VARIABLES)
    expect(words).toContain([name, fallback || '-', unit, description].filter(Boolean).join(' '));
});

test('no line of the help is wider than a terminal of 120 columns', () => {
  const action = parseCli(['--help'], '1.2.3');
  const text = action.kind === 'print' ? action.text : '';
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});

test('doctor takes what comes after it', () => {
  expect(parseCli(['doctor', 'url', '--json'], '1.2.3')).toEqual({
    kind: 'doctor',
    args: ['doctor', 'url', '--json'],
  });
});

test.each([[['--port']], [['--port=80']], [['start']], [['-x']], [['--help=yes\n']], [['--', 'x']]])(
  '%j fails with one line and exit code 2',
  (args) => {
    const action = parseCli(args, '1.2.3');
    expect(action).toMatchObject({ kind: 'fail', exitCode: 2 });
    expect(action.kind === 'fail' && action.message).toMatch(/^Expected no arguments but .+, got `".+"`$/);
  },
);

test('an unknown argument is named in the complaint', () => {
  expect(parseCli(['--help', '--port'], '1.2.3')).toEqual({
    kind: 'fail',
    message: 'Expected no arguments but --help, --version and doctor, got `"--port"`',
    exitCode: 2,
  });
});

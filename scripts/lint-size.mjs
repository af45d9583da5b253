// Reports every source file above 300 lines, unless a comment in its first 10 lines gives the reason:
// `// Over 300 lines: one table, read as a whole.`
// Looks at what git tracks or would track in the current folder.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const MAX_LINES = 300;
const REASON = /^\s*\/\/ Over 300 lines: \S/;
const SOURCES = ['*.ts', '*.tsx', '*.mts', '*.cts', '*.js', '*.mjs', '*.cjs'];

const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...SOURCES];
const paths = new Set(execFileSync('git', listing, { encoding: 'utf8' }).split('\0').filter(existsSync));

let tooLong = 0;
for (const path of paths) {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  if (lines.length <= MAX_LINES || lines.slice(0, 10).some((line) => REASON.test(line))) continue;
  console.error(
    `${path}: ${lines.length} lines, at most ${MAX_LINES}. Split it, or say why not: // Over 300 lines: ...`,
  );
  tooLong++;
}
if (tooLong > 0) process.exitCode = 1;
else console.log(`No file of ${paths.size} is above ${MAX_LINES} lines.`);

// `npm run readme`: writes the server's settings into README.md, between `<!-- settings -->` and `<!-- /settings -->`, from
// the table that `--help` prints. With `--check` writes nothing and fails where they differ. A path is another README.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const SOURCE = new URL('../apps/server/src/variables.ts', import.meta.url);
const MARKED = /(?<=<!-- settings -->\n)[\s\S]*(?=<!-- \/settings -->)/;

const { code } = transformSync(readFileSync(SOURCE, 'utf8'), { loader: 'ts' });
const { VARIABLES } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const text = (words) => words.replace(/[\\|*_<]/g, '\\$&');
const rows = VARIABLES.map((variable) => {
  const value = variable.default === '' ? '' : `\`${variable.default}\` ${variable.unit}`.trim();
  return `| \`${variable.name}\` | ${value} | ${text(variable.description)} |`;
});
const table = ['', '| variable | default | |', '|---|---|---|', ...rows, '', ''].join('\n');

const args = process.argv.slice(2);
const path = args.find((arg) => arg !== '--check') ?? fileURLToPath(new URL('../README.md', import.meta.url));
const readme = readFileSync(path, 'utf8');
const updated = readme.replace(MARKED, () => table);
if (!MARKED.test(readme)) {
  console.error(`${path}: no \`<!-- settings -->\` with \`<!-- /settings -->\` behind it.`);
  process.exitCode = 1;
} else if (!args.includes('--check')) {
  writeFileSync(path, updated);
} else if (updated !== readme) {
  console.error(`${path}: the settings are not those of apps/server. Run \`npm run readme\`.`);
  process.exitCode = 1;
}

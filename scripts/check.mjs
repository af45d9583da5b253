// Style and types, both at the same time: neither needs the other, and one after the other they leave a core idle.
import { spawn } from 'node:child_process';

function run(script) {
  const child = spawn('npm', ['run', '--silent', script], { shell: process.platform === 'win32' });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => output.push(bytes));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ script, code, output: Buffer.concat(output).toString() }));
  });
}

const results = await Promise.all(['lint', 'typecheck'].map(run));
for (const { script, code, output } of results) {
  console.log(`${script}: ${code === 0 ? 'nothing to complain of' : 'failed'}`);
  if (code !== 0) console.log(output);
}
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1;

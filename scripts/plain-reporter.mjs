// The run's very last line is 'N passed, N failed[, N skipped]', also after a coverage table.
export default class PlainReporter {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    let skipped = 0;
    for (const module of modules) {
      if (module.errors().length > 0) failed++; // a file that did not load counts as failed
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped++;
      }
    }
    // Vitest fails where no file is found, but not where every test is skipped: that would be a green run of nothing.
    if (passed + failed === 0) process.exitCode = 1;
    this.line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    this.hook ??= process.once('exit', () => process.stdout.write(`\n${this.line}\n`));
  }
}

// Loaded before the server (`--require`): at SIGUSR2 its wall clock goes back by an hour.
let backMs = 0;
const RealDate = Date;
const realNow = Date.now.bind(Date);
Date.now = () => realNow() - backMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [realNow() - backMs] : given, newTarget),
});
process.on('SIGUSR2', () => {
  backMs = 3_600_000;
});

import { parseArgs } from 'node:util';

export interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly stages: readonly string[];
  /** Length of one round: a stage is built anew with each. */
  readonly roundSeconds: number;
  readonly faultEveryMs: number;
  readonly stormClients: number;
  readonly report: boolean;
  /** A history to judge again, instead of running anything. */
  readonly judge: string | undefined;
  readonly folder: string | undefined;
}

export const USAGE = `npm run faults -- [options]

  --minutes N       how long things go wrong, in all (default 5)
  --seconds N       the same in seconds
  --seed N          what to repeat; drawn and printed if absent
  --stage A,B       some of the stages, or all (default)
  --round N         seconds of one round, after which a stage is built anew (default 40)
  --every N         mean milliseconds between two faults (default 1200)
  --storm N         clients of the storm (default 5000)
  --report          write the table into docs/guarantees.md
  --folder PATH     where histories and logs go (default: a new folder for temporary files)
  --judge PATH      judge a history.jsonl again
`;

/** @throws Error for an option that is not known, or not as expected. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      stage: { type: 'string', default: 'all' },
      round: { type: 'string', default: '40' },
      every: { type: 'string', default: '1200' },
      storm: { type: 'string', default: '5000' },
      report: { type: 'boolean', default: false },
      judge: { type: 'string' },
      folder: { type: 'string' },
    },
  });
  const number = (name: string, text: string): number => {
    const value = Number(text);
    if (!(value >= 0)) throw new Error(`Expected --${name} to be a number, got ${text}`);
    return value;
  };
  return {
    seconds:
      values.seconds === undefined
        ? number('minutes', values.minutes) * 60
        : number('seconds', values.seconds),
    seed: values.seed === undefined ? Math.floor(Math.random() * 1e9) : number('seed', values.seed),
    stages: values.stage.split(','),
    roundSeconds: number('round', values.round),
    faultEveryMs: number('every', values.every),
    stormClients: number('storm', values.storm),
    report: values.report,
    judge: values.judge,
    folder: values.folder,
  };
}

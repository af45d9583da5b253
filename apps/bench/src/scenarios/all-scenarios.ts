import type { Scenario } from './scenario.ts';
import { t1a, t1b } from './t1.ts';
import { t2, t3 } from './t2-latency.ts';
import { t4 } from './t4-memory.ts';
import { t5 } from './t5-connects.ts';
import { t6 } from './t6-single.ts';

export const SCENARIOS: readonly Scenario[] = [t1a, t1b, ...t2, t3, t4, t5, t6];

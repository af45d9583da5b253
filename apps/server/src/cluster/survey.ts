import type { Worker } from 'node:cluster';
import type { Client } from '@sse/core';
import type { About, Answer, FromPrimary } from './messages.ts';

/** A worker that has not answered by then is left out. */
const ANSWER_MS = 1_000;

interface Question {
  readonly answers: Answer[];
  readonly waiting: Set<Worker>;
  finish(): void;
}

/** Asks all workers the same, and puts their answers together. */
export class Survey {
  readonly #workers: () => readonly Worker[];
  readonly #tell: (worker: Worker, message: FromPrimary) => void;
  readonly #questions = new Map<number, Question>();
  #asked = 0;

  constructor(workers: () => readonly Worker[], tell: (worker: Worker, message: FromPrimary) => void) {
    this.#workers = workers;
    this.#tell = tell;
  }

  async ask(about: About): Promise<Answer> {
    const question = ++this.#asked;
    const answers: Answer[] = [];
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      const finish = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const waiting = new Set(this.#workers());
      this.#questions.set(question, { answers, waiting, finish });
      for (const worker of waiting) this.#tell(worker, { kind: 'question', question, about });
    });
    this.#questions.delete(question);
    const clients = answers.flatMap((answer) => answer.clients).sort(oldestFirst);
    return {
      clients: 'clients' in about ? clients.slice(0, about.clients) : [],
      found: answers.some(({ found }) => found),
    };
  }

  heard(worker: Worker, question: number, answer: Answer): void {
    const asked = this.#questions.get(question);
    if (asked?.waiting.delete(worker) !== true) return;
    asked.answers.push(answer);
    if (asked.waiting.size === 0) asked.finish();
  }

  /** Nobody waits for a worker that is gone. */
  forget(alive: ReadonlySet<Worker>): void {
    for (const { waiting, finish } of this.#questions.values()) {
      for (const worker of waiting) if (!alive.has(worker)) waiting.delete(worker);
      if (waiting.size === 0) finish();
    }
  }
}

function oldestFirst(a: Client, b: Client): number {
  return a.connectedAt - b.connectedAt || (a.id < b.id ? -1 : 1);
}

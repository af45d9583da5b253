import { readFileSync } from 'node:fs';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';

/** One instruction of a Dockerfile: what follows its keyword, with continued lines joined. */
export interface Step {
  readonly keyword: string;
  readonly text: string;
}

/** The instructions of the Dockerfile, by stage; a stage begins with its `FROM`. */
export function readDockerfile(): readonly (readonly Step[])[] {
  const text = readFileSync(new URL('../../../../Dockerfile', import.meta.url), 'utf8');
  const stages: Step[][] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const step = { keyword: instruction.getKeyword(), text: joined(instruction) };
    if (step.keyword === 'FROM') stages.push([]);
    stages.at(-1)?.push(step);
  }
  return stages;
}

const joined = (instruction: Instruction): string =>
  (instruction.getRawArgumentsContent() ?? '').replace(/\\\n\s*/g, '');

/** What the instructions of a kind say, in order. */
export const textsOf = (steps: readonly Step[], keyword: string): readonly string[] =>
  steps.filter((step) => step.keyword === keyword).map(({ text }) => text);

/** The list of an instruction in its JSON form, such as `CMD ["node", "main.js"]`. */
export function wordsOf(text: string): readonly string[] {
  return JSON.parse(text.slice(text.indexOf('['))) as readonly string[];
}

import { parser } from '@prometheus-io/lezer-promql';

/** A metric as a query asks for it, with the values that its labels are compared with. */
export interface Selector {
  readonly metric: string;
  /** By label; none for a pattern such as `.*`, which says nothing about values. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

export interface Query {
  readonly selectors: readonly Selector[];
  /** Labels that results are grouped by or matched on. */
  readonly groupings: readonly string[];
}

/** What a PromQL expression asks for. Throws where it is not one. */
export function parseQuery(expression: string): Query {
  const selectors: Selector[] = [];
  const groupings: string[] = [];
  let labels = new Map<string, readonly string[]>();
  let label = '';
  parser.parse(expression).iterate({
    enter({ type, from, to, node }) {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`No PromQL at ${from}: ${expression}`);
      if (type.name === 'VectorSelector') {
        labels = new Map();
        const name = node.getChild('Identifier');
        if (name === null) throw new Error(`A selector without a metric: ${expression}`);
        selectors.push({ metric: expression.slice(name.from, name.to), labels });
      }
      if (type.name !== 'LabelName' && type.name !== 'StringLiteral') return;
      const isMatcher = node.parent?.name === 'UnquotedLabelMatcher';
      if (type.name === 'LabelName' && !isMatcher) groupings.push(text);
      else if (type.name === 'LabelName') label = text;
      else if (isMatcher) labels.set(label, valuesOf(text.slice(1, -1)));
    },
  });
  return { selectors, groupings };
}

function valuesOf(pattern: string): readonly string[] {
  return pattern.split('|').filter((value) => /^[\w-]+$/.test(value));
}

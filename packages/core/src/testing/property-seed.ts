declare const process: { readonly env: Readonly<Record<string, string | undefined>> } | undefined;

/** The seed of property tests: the same in every run, unless `SEED` names another. fast-check prints it on failure. */
export function propertySeed(): number {
  const given = typeof process === 'undefined' ? undefined : process.env['SEED'];
  return given === undefined ? 20_260_101 : Number(given);
}

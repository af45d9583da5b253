/**
 * Whether every topic that `asked` matches is matched by `allowed`, too: by one pattern against one, so that what only two
 * patterns together cover counts as not covered.
 */
export function covers(allowed: string, asked: string): boolean {
  const [wide, narrow] = [allowed.split('.'), asked.split('.')];
  for (const [at, segment] of wide.entries()) {
    const other = narrow[at];
    if (other === undefined) return false;
    if (segment === '**') return true;
    if (other === '**' || (segment !== '*' && segment !== other)) return false;
  }
  return wide.length === narrow.length;
}

/** A figure with as many digits as mean something: 1.43 M, 139 k, 10.9, 0.95. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value >= 999_500) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 9_995) return `${Math.round(value / 1e3)} k`;
  if (value >= 999.5) return `${(value / 1e3).toFixed(1)} k`;
  if (value >= 99.5) return String(Math.round(value));
  return value.toFixed(value >= 9.95 ? 1 : 2);
}

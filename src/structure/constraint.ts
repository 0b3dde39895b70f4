/** What may not move, besides fixed Cartesian coordinates; atoms are counted from 0. */
export type Constraint =
  | { readonly kind: 'atoms'; readonly atoms: readonly number[] }
  | { readonly kind: 'plane'; readonly atoms: readonly number[]; readonly normal: readonly number[] }
  | { readonly kind: 'line'; readonly atoms: readonly number[]; readonly direction: readonly number[] };

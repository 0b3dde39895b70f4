/** Where a parameter stands between the elements and the outputs of a network. */
export type ModelPart =
  | { readonly kind: 'embedding' }
  /** A layer that passes messages, counted from 0. */
  | { readonly kind: 'block'; readonly index: number }
  | {
      readonly kind: 'head';
      /** Whether each head has rows of its own: row i, i + heads, i + 2 heads ... belong to head i.  Otherwise all heads share it. */
      readonly ownRows: boolean;
      /** What the outputs of the network are proportional to, if they are. */
      readonly scales?: 'energy' | 'forces';
    };

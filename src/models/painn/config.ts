import { z } from 'zod';
import { commonFields, sizeSchema, smallModel, stressFits, stressMessage } from '../kind.js';
import { repulsionFields } from '../repulsion.js';

const { channels, layers, cutoff, maxNeighbors, elementCount, forces, stressHead, heads } = commonFields;

const fields = {
  kind: z.literal('painn'),
  channels: channels.multipleOf(2), // the heads have half as many
  layers,
  /** How distances become features. */
  basis: z.enum(['bessel', 'gaussian']),
  basisSize: sizeSchema.min(2),
  cutoff,
  envelopeExponent: sizeSchema,
  elementCount,
  /**
   * Whether messages vanish smoothly at the cutoff (the envelope multiplies the projected filter), and energies have no
   * cusp at symmetric sites.
   */
  smooth: z.boolean(),
  ...repulsionFields,
  forces,
  stressHead,
};

/** Everything that fixes the shape of a PaiNN model. */
export const painnSchema = z
  .strictObject({
    ...fields,
    maxNeighbors,
    heads: heads.readonly(),
    /** Factor on the scalar features after each update, one a layer. */
    scaleFactors: z.array(z.number().positive()).readonly(),
  })
  .refine(({ layers, scaleFactors }) => scaleFactors.length === layers, {
    path: ['scaleFactors'],
    error: 'expected one factor a layer',
  })
  .refine(stressFits, stressMessage)
  .readonly();

export type PainnConfig = z.infer<typeof painnSchema>;

/** What a training may say of a PaiNN model, with the defaults of a small one. */
export const painnSettings = z
  .strictObject({
    kind: fields.kind.optional().default('painn'),
    channels: fields.channels.default(64),
    layers: smallModel.layers,
    basis: fields.basis.default('bessel'),
    basisSize: fields.basisSize.default(16),
    cutoff: smallModel.cutoff,
    envelopeExponent: fields.envelopeExponent.default(5),
    elementCount: smallModel.elementCount,
    smooth: fields.smooth.default(true),
    repulsion: smallModel.repulsion,
    repulsionReach: smallModel.repulsionReach,
    repulsionFloor: smallModel.repulsionFloor,
    forces: forces.default('conservative'),
    stressHead: smallModel.stressHead,
  })
  .refine(stressFits, stressMessage);

export type PainnSettings = z.infer<typeof painnSettings>;

/** LaMM-S as published: 20,073,475 trainable parameters with one head. */
export const lammSConfig: PainnConfig = {
  kind: 'painn',
  channels: 512,
  layers: 6,
  basis: 'gaussian',
  basisSize: 128,
  cutoff: 12,
  envelopeExponent: 5,
  maxNeighbors: 50,
  elementCount: 83,
  smooth: false,
  forces: 'direct',
  heads: ['default'],
  scaleFactors: [1, 1, 1, 1, 1, 1],
};

import { z } from 'zod';
import { commonFields, sizeSchema, smallModel, stressFits, stressMessage } from '../kind.js';
import { repulsionFields } from '../repulsion.js';
import { octahedralDegrees } from './octahedral-grid.js';

const { channels, layers, cutoff, maxNeighbors, elementCount, forces, stressHead, heads } = commonFields;

const fields = {
  kind: z.literal('equiformer-v2'),
  /** Channels of each component of the features of an atom. */
  channels,
  layers,
  /** Highest degree l of the features of an atom, and highest order m that survives in the frame of an edge. */
  maxDegree: z.int().min(1).max(12),
  maxOrder: z.int().min(1).max(12),
  attentionHeads: sizeSchema,
  /** Channels of the hidden features of an edge. */
  attentionHidden: sizeSchema,
  /** Channels of one head of the attention: of what its weight is made from, and of what it carries. */
  alphaChannels: sizeSchema,
  valueChannels: sizeSchema,
  feedForwardHidden: sizeSchema,
  edgeChannels: sizeSchema,
  /** Gaussians of the distance, evenly on 0 to the cutoff. */
  basisSize: sizeSchema.min(2),
  /** How features on the sphere are normalised; the names are those of FAIR-Chem. */
  norm: z.enum(['layer_norm', 'layer_norm_sh', 'rms_norm_sh']),
  /** Whether feed-forward layers mix channels at points of the sphere, rather than gate them. */
  gridMlp: z.boolean(),
  /** Latitudes and longitudes of the points of the sphere. */
  gridResolution: z.int().min(3).max(100).nullable(),
  /**
   * Without `gridResolution`: degree of the polynomials that as few points as possible integrate exactly; null or
   * absent takes the fewest latitudes and longitudes that the degrees need.
   */
  gridDegree: z
    .literal([...octahedralDegrees])
    .nullable()
    .optional(),
  cutoff,
  maxNeighbors,
  /** Whether no more than `maxNeighbors` are kept, or one more and those as far away as that. */
  strictNeighbors: z.boolean(),
  elementCount,
  /** Typical atoms of a structure and neighbours of an atom, which scale energies and sums over neighbours. */
  averageAtoms: z.number().positive(),
  averageDegree: z.number().positive(),
  /** Whether messages vanish smoothly at the cutoff. */
  smooth: z.boolean(),
  ...repulsionFields,
  forces,
  stressHead,
};

type Checked = Pick<
  z.infer<z.ZodObject<typeof fields>>,
  'maxDegree' | 'maxOrder' | 'gridResolution' | 'gridDegree' | 'forces' | 'stressHead'
>;

const ordersFit = ({ maxDegree, maxOrder }: Checked) => maxOrder <= maxDegree;
const ordersMessage = { path: ['maxOrder'], error: 'expected at most maxDegree' };

// A feature must come back from its values on the grid, which takes products of two of the highest degree.
const gridFits = ({ maxDegree, gridResolution, gridDegree }: Checked) =>
  gridResolution !== null || !gridDegree || gridDegree >= 2 * maxDegree;
const gridMessage = { path: ['gridDegree'], error: 'expected at least 2 x maxDegree, or a gridResolution' };

/** Everything that fixes the shape of an EquiformerV2 model. */
export const equiformerV2Schema = z
  .strictObject({
    ...fields,
    heads: heads.readonly(),
  })
  .refine(ordersFit, ordersMessage)
  .refine(gridFits, gridMessage)
  .refine(stressFits, stressMessage)
  .readonly();

export type EquiformerV2Config = z.infer<typeof equiformerV2Schema>;

/** What a training may say of an EquiformerV2 model, with the defaults of a small one. */
export const equiformerV2Settings = z
  .strictObject({
    kind: fields.kind,
    channels: channels.default(32),
    layers: smallModel.layers,
    maxDegree: fields.maxDegree.default(3),
    maxOrder: fields.maxOrder.default(2),
    attentionHeads: fields.attentionHeads.default(4),
    attentionHidden: fields.attentionHidden.default(16),
    alphaChannels: fields.alphaChannels.default(16),
    valueChannels: fields.valueChannels.default(8),
    feedForwardHidden: fields.feedForwardHidden.default(32),
    edgeChannels: fields.edgeChannels.default(32),
    basisSize: fields.basisSize.default(64),
    norm: fields.norm.default('layer_norm_sh'),
    gridMlp: fields.gridMlp.default(true),
    gridResolution: fields.gridResolution.default(null),
    gridDegree: fields.gridDegree.default(11),
    cutoff: smallModel.cutoff,
    maxNeighbors: maxNeighbors.default(null),
    strictNeighbors: fields.strictNeighbors.default(false),
    elementCount: smallModel.elementCount,
    averageAtoms: fields.averageAtoms.default(1),
    averageDegree: fields.averageDegree.default(30),
    smooth: fields.smooth.default(true),
    repulsion: smallModel.repulsion,
    repulsionReach: smallModel.repulsionReach,
    repulsionFloor: smallModel.repulsionFloor,
    forces: forces.default('direct'),
    stressHead: smallModel.stressHead,
  })
  .refine(ordersFit, ordersMessage)
  .refine(gridFits, gridMessage)
  .refine(stressFits, stressMessage);

export type EquiformerV2Settings = z.infer<typeof equiformerV2Settings>;

/** LaMM-L as published, the 31 M configuration of EquiformerV2 for OC20: 31,058,690 parameters with one head. */
export const lammLConfig: EquiformerV2Config = {
  kind: 'equiformer-v2',
  layers: 8,
  channels: 128,
  maxDegree: 4,
  maxOrder: 2,
  attentionHeads: 8,
  attentionHidden: 64,
  alphaChannels: 64,
  valueChannels: 16,
  feedForwardHidden: 128,
  edgeChannels: 128,
  basisSize: 600,
  norm: 'layer_norm_sh',
  gridMlp: true,
  gridResolution: 18,
  cutoff: 12,
  maxNeighbors: 20,
  strictNeighbors: true,
  elementCount: 89,
  averageAtoms: 77.81317,
  averageDegree: 23.395238876342773,
  smooth: false,
  forces: 'direct',
  stressHead: false,
  heads: ['default'],
};

import { chemicalSymbols } from '../../elements.js';
import { LammError } from '../../errors.js';
import { groupBy } from '../../group-by.js';
import type { OccupancyChoice } from '../format.js';
import { quote } from '../text/text-cursor.js';
import { PlaceGrid } from './place-grid.js';
import { type CifSite, occupancyTolerance } from './site.js';

/** A site with all its places in the cell, fractional. */
export interface PlacedSite {
  readonly site: CifSite;
  readonly places: readonly (readonly number[])[];
}

export interface DisorderOptions {
  readonly cell: Float64Array;
  readonly occupancy: OccupancyChoice;
}

export interface ResolvedDisorder {
  readonly kept: ReadonlySet<CifSite>;
  /** What was decided, for the user. */
  readonly notes: readonly string[];
}

/**
 * Two partly occupied places that are closer than this (A) are not occupied at the same time: hardly a bond is so
 * short.
 */
const sharingDistance = 0.7;
/** Distance (A) below which two partly occupied places of the same element share one atom: its bonds are longer. */
const sharingDistanceOfEqual = 1.05;
/** Disordered atoms that are closer than this (A) belong to one piece of a molecule or stand for each other. */
const pieceDistance = 2;
/** Occupancies that are so near to each other do not decide. */
const tieTolerance = 2e-3;
/** Sums of occupancies may be so far above 1, since each is rounded. */
const sumTolerance = 0.05;
/** Occupancies in a group may differ by so much before its pieces are looked at one by one. */
const groupTolerance = 0.02;

/**
 * Chooses whole atoms among partly occupied and disordered sites.  Of the groups of an assembly, and of the sites that
 * share a place, the one with the largest occupancy is kept, unless all of them together are there in less than half of
 * the cells.  With `error`, anything that asks for a choice is refused.
 *
 * @throws {LammError} `structure`, without a file, for a choice that was not asked for, for ties, and for occupancies
 *   that add up to more than 1.
 */
export function resolveDisorder(placed: readonly PlacedSite[], options: DisorderOptions): ResolvedDisorder {
  const sites = placed.map(({ site }) => site);
  const groups = groupsOfAssemblies(sites);
  const isAlternative = ({ disorder }: CifSite) => disorder && (groups.get(disorder.assembly)?.size ?? 0) > 1;
  const disordered = placed.filter(({ site }) => isPartial(site) || isAlternative(site));
  if (disordered.length === 0) return { kept: new Set(sites), notes: [] };
  if (options.occupancy === 'error') throw refusal(disordered.map(({ site }) => site));
  const near = nearPlaces(disordered, options.cell);
  const dropped = new Set<CifSite>();
  for (const piece of piecesOf(disordered, near)) for (const site of losersOfGroups(piece)) dropped.add(site);
  for (const site of losersOfPlaces(near)) dropped.add(site);
  assertApart(near, dropped);
  const kept = sites.filter((site) => !dropped.has(site));
  const chosen = disordered.map(({ site }) => site).filter((site) => !dropped.has(site));
  if (kept.length === 0) {
    throw new LammError('structure', 'no site is occupied in more than half of the cells, so no atom is left', {
      line: sites[0].line,
      quantity: 'occupancy',
    });
  }
  return { kept: new Set(kept), notes: [describe(chosen, [...dropped])] };
}

function isPartial({ occupancy }: CifSite): boolean {
  return occupancy < 1 - occupancyTolerance;
}

/** The names of the groups of each assembly; several of them stand for each other. */
function groupsOfAssemblies(sites: readonly CifSite[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const { disorder } of sites) {
    if (disorder === undefined) continue;
    const { assembly, group } = disorder;
    groups.set(assembly, (groups.get(assembly) ?? new Set()).add(group));
  }
  return groups;
}

function refusal(sites: readonly CifSite[]): LammError {
  const [site] = sites;
  const more = sites.length > 1 ? `, and ${sites.length - 1} more are partly occupied or disordered` : '';
  const what = isPartial(site)
    ? `has occupancy ${Number(site.occupancy.toFixed(6))}`
    : `is one of several alternatives (disorder group ${quote(site.disorder?.group ?? '')})`;
  const message = `the site ${quote(site.label)} ${what}${more}; expected whole atoms: choose one ordered arrangement, or have it chosen by \`occupancy: majority\``;
  return new LammError('structure', message, { line: site.line, quantity: 'occupancy' });
}

/** Places of disordered sites that are near to each other, as pairs of indices into the list of all their places. */
interface NearPlaces {
  /** The site of each place. */
  readonly owners: readonly CifSite[];
  readonly pairs: readonly NearPair[];
}

interface NearPair {
  readonly first: number;
  readonly second: number;
  /** In A. */
  readonly distance: number;
}

/** Disordered places have fewer other ones around them than this. */
const maxNear = 200;

function nearPlaces(placed: readonly PlacedSite[], cell: Float64Array): NearPlaces {
  const owners = placed.flatMap(({ site, places }) => places.map(() => site));
  const pairs: NearPair[] = [];
  const grid = new PlaceGrid(cell, pieceDistance);
  placed
    .flatMap(({ places }) => places)
    .forEach((place, second) => {
      const count = pairs.length;
      grid.visitNear(place, (first, distance) => pairs.push({ first, second, distance }));
      grid.add(place);
      if (pairs.length - count < maxNear) return;
      const message = `more than ${maxNear} disordered places are around the site ${quote(owners[second].label)}; check the coordinates`;
      throw new LammError('structure', message, { line: owners[second].line, quantity: 'occupancy' });
    });
  return { owners, pairs };
}

/**
 * Sites with a disorder group by assembly; assemblies whose groups have several occupancies, by piece of the molecule.
 */
function piecesOf(placed: readonly PlacedSite[], { owners, pairs }: NearPlaces): CifSite[][] {
  const grouped = placed.map(({ site }) => site).filter(({ disorder }) => disorder !== undefined);
  return [...groupBy(grouped, ({ disorder }) => disorder?.assembly).values()].flatMap((sites) => {
    const groups = [...groupBy(sites, ({ disorder }) => disorder?.group).values()];
    const isUniform = groups.every((members) => spreadOf(members) < groupTolerance);
    if (isUniform) return [sites];
    const members = new Set(sites);
    const links = pairs
      .map(({ first, second }) => [owners[first], owners[second]] as const)
      .filter(([a, b]) => members.has(a) && members.has(b));
    return connectedParts(sites, links);
  });
}

function spreadOf(sites: readonly CifSite[]): number {
  const occupancies = sites.map(({ occupancy }) => occupancy);
  return occupancies.reduce((a, b) => Math.max(a, b)) - occupancies.reduce((a, b) => Math.min(a, b));
}

/** The sites of a piece that are not in its most probable group. */
function losersOfGroups(piece: readonly CifSite[]): CifSite[] {
  const groups = [...groupBy(piece, ({ disorder }) => disorder?.group)].map(([name, members]) =>
    choiceOf(members, `the disorder group ${quote(name ?? '')} with the site ${quote(members[0].label)}`),
  );
  const kept = new Set(mostProbable(groups, piece[0].line)?.sites);
  return piece.filter((site) => !kept.has(site));
}

/**
 * The sites without a group that lose their place to another one, or to emptiness.  The most probable places come
 * first; each takes the places around it.
 */
function losersOfPlaces({ owners, pairs }: NearPlaces): Set<CifSite> {
  const rivals = owners.map((): Rival[] => []);
  for (const pair of pairs) {
    const { first, second, distance } = pair;
    if (owners[first].disorder || owners[second].disorder || !isShared(pair, owners)) continue;
    rivals[first].push({ place: second, distance });
    rivals[second].push({ place: first, distance });
  }
  const open = new Set([...owners.keys()].filter((place) => owners[place].disorder === undefined));
  const losers = new Set<CifSite>();
  for (const place of [...open].sort((a, b) => owners[b].occupancy - owners[a].occupancy)) {
    if (!open.delete(place)) continue;
    assertSum(
      owners[place],
      rivals[place].filter(({ distance }) => distance < samePlace).map((rival) => owners[rival.place]),
    );
    const others = rivals[place].filter((rival) => open.has(rival.place)).map((rival) => rival.place);
    const choices = [place, ...others].map((index) =>
      choiceOf([owners[index]], `the site ${quote(owners[index].label)}`),
    );
    const winner = mostProbable(choices, owners[place].line);
    if (winner === undefined) losers.add(owners[place]);
    else for (const other of others) if (open.delete(other)) losers.add(owners[other]);
  }
  return losers;
}

interface Rival {
  readonly place: number;
  /** In A. */
  readonly distance: number;
}

/** Places that are so near (A) to each other are one place. */
const samePlace = 0.1;

function assertSum(site: CifSite, others: readonly CifSite[]): void {
  const total = others.reduce((sum, { occupancy }) => sum + occupancy, site.occupancy);
  if (total < 1 + sumTolerance) return;
  const message = `the occupancies at the site ${quote(site.label)} add up to ${total.toFixed(3)}, more than 1; correct them`;
  throw new LammError('structure', message, { line: site.line, quantity: 'occupancy' });
}

/** Whether two places cannot be occupied at the same time. */
function isShared({ first, second, distance }: NearPair, owners: readonly CifSite[]): boolean {
  const isEqual = owners[first].number === owners[second].number;
  return distance < (isEqual ? sharingDistanceOfEqual : sharingDistance);
}

/** Groups that are kept must not overlap their own images, nor each other. */
function assertApart({ owners, pairs }: NearPlaces, dropped: ReadonlySet<CifSite>): void {
  const overlap = pairs.find((pair) => {
    const sites = [owners[pair.first], owners[pair.second]];
    return sites.every((site) => site.disorder && !dropped.has(site)) && isShared(pair, owners);
  });
  if (overlap === undefined) return;
  const { label, line } = owners[overlap.first];
  const message = `the sites ${quote(label)} and ${quote(owners[overlap.second].label)} are ${overlap.distance.toFixed(2)} A apart and neither is the more probable; choose one ordered arrangement`;
  throw new LammError('structure', message, { line, quantity: 'occupancy' });
}

interface Choice {
  readonly what: string;
  readonly sites: readonly CifSite[];
  /** Of all of them, on average. */
  readonly occupancy: number;
}

function choiceOf(sites: readonly CifSite[], what: string): Choice {
  return { what, sites, occupancy: sites.reduce((sum, { occupancy }) => sum + occupancy, 0) / sites.length };
}

/** The choice of the largest occupancy; `undefined` when it is more probable that none of them is there. */
function mostProbable(choices: readonly Choice[], line: number): Choice | undefined {
  const total = choices.reduce((sum, { occupancy }) => sum + occupancy, 0);
  if (total < 0.5 - tieTolerance) return undefined;
  const [first, second] = choices.toSorted((a, b) => b.occupancy - a.occupancy);
  if (second === undefined || first.occupancy - second.occupancy > tieTolerance) return first;
  const whose = first.what === second.what ? `two places of ${first.what}` : `${first.what} and ${second.what}`;
  const message = `${whose} have the same occupancy ${Number(first.occupancy.toFixed(4))}, so none is the more probable; choose one ordered arrangement`;
  throw new LammError('structure', message, { line, quantity: 'occupancy' });
}

/** The connected parts of a graph. */
function connectedParts<Node>(nodes: readonly Node[], links: readonly (readonly [Node, Node])[]): Node[][] {
  const neighbors = new Map<Node, Node[]>(nodes.map((node) => [node, []]));
  for (const [a, b] of links) {
    neighbors.get(a)?.push(b);
    neighbors.get(b)?.push(a);
  }
  const seen = new Set<Node>();
  return nodes.flatMap((start) => {
    if (seen.has(start)) return [];
    seen.add(start);
    const part = [start];
    for (const node of part) {
      for (const next of neighbors.get(node) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        part.push(next);
      }
    }
    return [part];
  });
}

const listedLabels = 8;

function describe(chosen: readonly CifSite[], dropped: readonly CifSite[]): string {
  const list = (sites: readonly CifSite[]) => {
    const names = sites
      .slice(0, listedLabels)
      .map(({ label, number, occupancy }) => `${label} (${chemicalSymbols[number]} ${Number(occupancy.toFixed(3))})`);
    const more = sites.length > listedLabels ? ` and ${sites.length - listedLabels} more` : '';
    return sites.length === 0 ? 'none' : `${names.join(', ')}${more}`;
  };
  const count = chosen.length + dropped.length;
  return `majority chose among ${count} partly occupied or disordered sites; as whole atoms: ${list(chosen)}; left out: ${list(dropped)}`;
}

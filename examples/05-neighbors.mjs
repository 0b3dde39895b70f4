// Coordination shells of quartz from the neighbour list: which atoms surround which, and how far away.
import { fileURLToPath } from 'node:url';
import { neighborList, readStructures, symbolsOf } from 'lamm';

const [quartz] = await readStructures(fileURLToPath(new URL('structures/quartz.cif', import.meta.url)));
const symbols = symbolsOf(quartz);
const { edgeCount, senders, receivers, distances } = neighborList(quartz, 2);

const shells = new Map();
for (let edge = 0; edge < edgeCount; edge++) {
  const pair = `${symbols[receivers[edge]]}-${symbols[senders[edge]]}`;
  shells.set(pair, [...(shells.get(pair) ?? []), distances[edge]]);
}
for (const [pair, lengths] of shells) {
  const centers = symbols.filter((symbol) => pair.startsWith(`${symbol}-`)).length;
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  console.log(`${pair}: ${lengths.length / centers} neighbours at ${mean.toFixed(3)} A on average`);
}

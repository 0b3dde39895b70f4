import { lammLConfig } from '../../../src/models/equiformer-v2/config.js';
import { inferenceGraph } from '../../../src/models/graph-evaluator.js';
import { graphFeeds } from '../../../src/models/graph-feeds.js';
import { layoutFor } from '../../../src/models/kinds.js';
import { constantWeights, initializeParameters } from '../../../src/models/parameters.js';
import { createRandom } from '../../../src/random.js';
import { openSession } from '../../../src/runtime/open-session.js';
import { labelledCopper } from '../labelled-copper.js';

// A process of its own: sends the most memory that it ever had, in MB, to the one that started it.
const layout = layoutFor(lammLConfig);
const weights = constantWeights(layout, initializeParameters(layout, createRandom(3)));
const threads = Number(process.argv[2]);
await using session = await openSession(inferenceGraph(lammLConfig, weights, { head: 0 }), { threads, spinning: true });
const { feeds } = graphFeeds(lammLConfig, labelledCopper(lammLConfig, [4, 2, 2]).graph);
for (let run = 0; run < 2; run++) await session.run(feeds);
process.send?.((process.resourceUsage().maxRSS / 1024).toFixed(0));

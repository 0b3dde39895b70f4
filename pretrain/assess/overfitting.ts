import type { ErrorSummary } from './error-sums.js';

/** Errors on structures set apart that are so many times those on the training ones are named. */
const named = 2;

/** Says of which quantities a model knows its training structures much better than others, if of any. */
export function describeOverfitting(train: ErrorSummary, validation: ErrorSummary): string | undefined {
  const ratios = (['energy', 'forces', 'stress'] as const).flatMap((quantity) => {
    const [known, apart] = [train[quantity]?.mae ?? 0, validation[quantity]?.mae ?? 0];
    return known > 0 && apart > named * known ? [`${quantity} ${(apart / known).toFixed(1)} times`] : [];
  });
  if (ratios.length === 0) return undefined;
  return (
    `overfitting: errors on the validation are larger than on the training (${ratios.join(', ')}); ` +
    'what is said of new structures is as good as the validation, not the training; more data or fewer epochs may help'
  );
}

/** To what the figures of a list are rounded. Pure. */

/** From coarse to fine, milliseconds. */
const STEPS = [1000, 500, 100, 50, 10, 5, 1];
/** As parts of a step: what binary fractions leave of 5.1 s. */
const EXACT = 1e-6;
/** Fewer values may be multiples by chance. */
const LEAST_VALUES = 3;

/** The coarsest step of which all values are multiples; 0 where they are finer than a millisecond or too few. */
export function roundedTo(values: readonly number[]): number {
  const different = [...new Set(values)];
  if (values.length < LEAST_VALUES) return 0;
  return STEPS.find((step) => different.every((ms) => Math.abs(ms / step - Math.round(ms / step)) < EXACT)) ?? 0;
}

/** Rounds to three decimal places, as numbers in the JSON documents are: microseconds of a duration in ms, tenths of a percent of a share. */
export function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

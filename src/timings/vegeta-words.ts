/** What holds of all of vegeta's outputs. */

/** vegeta attack -timeout. */
export const VEGETA_LIMIT_MS = 30_000;
export const VEGETA_REMARK = 'vegeta keeps requests without an answer (status 0) among the times';

/** What `kprobe check` concludes: who reaches whom, beside who should. `kprobe/check/v1` is a contract with scripts. */
import { z } from 'zod';
import { Limitation } from './cluster.ts';
import { Reach, SweepReport } from './sweep.ts';

export const CHECK_SCHEMA = 'kprobe/check/v1';

export const Assertion = z.strictObject({
  /** `NAMESPACE/WORKLOAD`; null: whoever has no policy of its own, which is a probe pod of kprobe. */
  from: z.string().nullable(),
  /** As `kprobe diagnose` takes it; `namespace` is where `svc/NAME` and `pod/NAME` are. */
  target: z.string(),
  namespace: z.string().nullable(),
  expected: z.enum(['reachable', 'unreachable']),
  /** `unclear`: measured, and it proves neither; `unmeasured`: nothing was. */
  result: z.enum(['holds', 'fails', 'unclear', 'unmeasured']),
  /** One sentence: what was measured, and which policy denies where one does. */
  says: z.string(),
  /** What was measured, beside what the policies say; null where nothing was. */
  reach: Reach.nullable(),
  /** What a diagnosis makes of it, where something is wrong that nobody asked for. */
  finding: z
    .strictObject({
      diagnosis: z.string(),
      certainty: z.enum(['proven', 'likely', 'possible']),
      title: z.string(),
    })
    .nullable(),
});
export type Assertion = z.infer<typeof Assertion>;

export const CheckReport = z.strictObject({
  schema: z.literal(CHECK_SCHEMA),
  cluster: SweepReport.shape.cluster,
  /** The file, as it was named. */
  file: z.string(),
  /** faulty where an assertion fails; else inconclusive where one is unclear or unmeasured; else healthy. */
  status: SweepReport.shape.status,
  /** One sentence. */
  summary: z.string(),
  /** In the order of the file. */
  assertions: z.array(Assertion),
  /** What concerns the check as a whole, and what of the file it leaves to `kprobe sweep`. */
  notes: z.array(Limitation),
  run: SweepReport.shape.run,
});
export type CheckReport = z.infer<typeof CheckReport>;

/** Stands for the lab where it is not built in. */
import { UserError } from '../../src/model/user-error.ts';

const absent = () => {
  throw new UserError('The lab is not part of this build of kprobe', {
    hint: 'it comes with the npm package, on Linux',
  });
};

export { absent as keepUp, absent as listScenarios, absent as loadScenario, absent as runScenario };

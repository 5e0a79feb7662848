import { assert } from '../../common/assert.js';

/**
 * The decisions of an ensemble: the class that most members decide; among classes with equally many, that of the first member who decides one
 * of them. Decisions and not scores are counted: scores of networks that were trained differently have different scales.
 * `members` is [nMembers][nSamples], classes are 0..nClasses - 1.
 */
export function vote(members: readonly Uint16Array[], nClasses: number): Uint16Array {
  const [first] = members;
  assert(first !== undefined, 'an ensemble has members');
  const counts = new Uint16Array(nClasses);
  return first.map((_, sample) => {
    counts.fill(0);
    for (const decisions of members) counts[decisions[sample]!]!++;
    const most = Math.max(...counts);
    const winner = members.find((decisions) => counts[decisions[sample]!] === most);
    return winner![sample]!;
  });
}

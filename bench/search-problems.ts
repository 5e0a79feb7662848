/** Functions with known fronts, for searches: what they reach beside what drawn points reach, by hypervolume. */
import { frontOf, hypervolume } from '../src/explore/search/pareto.js';
import { SEARCHES, type SearchName } from '../src/explore/search/methods.js';
import { type Axis, type Evaluated, type Unit, violationOf } from '../src/explore/search/search.js';

/** A problem: objectives to be small, and by how much its constraints are exceeded. */
export interface SearchProblem {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly nObjectives: number;
  readonly nConstraints: number;
  /** Beyond it nothing counts. */
  readonly reference: readonly number[];
  evaluate(unit: Unit): Pick<Evaluated, 'objectives' | 'excess'>;
}

const real = (n: number): readonly Axis[] => Array.from({ length: n }, () => ({ kind: 'real' }));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Zitzler, Deb and Thiele, "Comparison of multiobjective evolutionary algorithms", Evolutionary Computation 8:173 (2000), with 6 variables. */
function zdt(name: string, h: (f: number, g: number) => number, low: number): SearchProblem {
  return {
    name,
    axes: real(6),
    nObjectives: 2,
    nConstraints: 0,
    reference: [1.1, 6 + low],
    evaluate: ([f = 0, ...rest]) => {
      const g = 1 + (9 * sum(rest)) / rest.length;
      return { objectives: [f, g * h(f, g)] };
    },
  };
}

/** The problems. */
export const PROBLEMS: readonly SearchProblem[] = [
  zdt('ZDT1', (f, g) => 1 - Math.sqrt(f / g), 0),
  zdt('ZDT2', (f, g) => 1 - (f / g) ** 2, 0),
  zdt('ZDT3', (f, g) => 1 - Math.sqrt(f / g) - (f / g) * Math.sin(10 * Math.PI * f), 0),
  {
    // Deb, Thiele, Laumanns and Zitzler, "Scalable multi-objective optimization test problems", CEC 2002: a piece of a sphere.
    name: 'DTLZ2',
    axes: real(6),
    nObjectives: 3,
    nConstraints: 0,
    reference: [1.5, 1.5, 1.5],
    evaluate: ([x = 0, y = 0, ...rest]) => {
      const radius = 1 + sum(rest.map((value) => (value - 0.5) ** 2));
      const [a, b] = [(x * Math.PI) / 2, (y * Math.PI) / 2];
      const cosA = radius * Math.cos(a);
      return { objectives: [cosA * Math.cos(b), cosA * Math.sin(b), radius * Math.sin(a)] };
    },
  },
  {
    // Branin's function, one objective, where (x - 2.5)^2 + (y - 7.5)^2 <= 50, as in Gelbart et al., "Bayesian optimization with unknown constraints", UAI 2014.
    name: 'Branin, constrained',
    axes: real(2),
    nObjectives: 1,
    nConstraints: 1,
    reference: [20],
    evaluate: ([u = 0, v = 0]) => {
      const [x, y] = [15 * u - 5, 15 * v];
      const inner = y - (5.1 * x * x) / (4 * Math.PI * Math.PI) + (5 * x) / Math.PI - 6;
      const value = inner * inner + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
      return { objectives: [value], excess: [((x - 2.5) ** 2 + (y - 7.5) ** 2) / 50 - 1] };
    },
  },
];

/** The hypervolume that a search reaches with so many points. */
export function reached(problem: SearchProblem, search: SearchName, points: number, seed: number): number {
  const { axes, nObjectives, nConstraints, reference } = problem;
  const opened = SEARCHES[search]({ axes, nObjectives, nConstraints, points, seed });
  const found: Evaluated[] = [];
  for (let batch = opened.ask(); batch.length > 0; batch = opened.ask()) {
    const evaluated = batch.map((unit) => ({ unit, ...problem.evaluate(unit) }));
    opened.tell(evaluated);
    found.push(...evaluated);
  }
  if (found.length > points) throw new Error(`${search} asked for ${found.length} points of ${points}`);
  const feasible = found.filter((one) => violationOf(one) === 0).map(({ objectives = [] }) => objectives);
  return hypervolume(
    frontOf(feasible).map((i) => feasible[i] ?? []),
    reference,
  );
}
